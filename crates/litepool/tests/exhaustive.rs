//! Every sequence of a few operations on a pool of a few blocks.
//!
//! Each step continues on a copy of the pool at another address, opened with `attach`: so the search also proves,
//! many thousand times, that a pool is whole without its handle and independent of its place.

mod common;

use common::Memory;

use litepool::{Config, Heap};

/// Where a live object's payload stands, and what was asked for.
#[derive(Clone, Copy)]
struct Object {
    offset: usize,
    size: usize,
    mark: u8,
}

#[derive(Clone)]
struct Pool {
    bytes: Vec<u8>,
    objects: Vec<Object>,
    steps: u8,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Allocate(usize),
    AllocateAligned(usize, usize),
    Free(usize),
    Resize(usize, usize),
}

fn actions(alive: usize) -> Vec<Action> {
    let mut actions = vec![
        Action::Allocate(1),
        Action::Allocate(9),
        Action::Allocate(30),
        Action::AllocateAligned(5, 16),
        Action::AllocateAligned(12, 32),
    ];
    for object in 0..alive {
        actions.push(Action::Free(object));
        actions.push(Action::Resize(object, 2));
        actions.push(Action::Resize(object, 24));
        actions.push(Action::Resize(object, 50));
    }
    actions
}

/// Every way to go on from `pool` for `depth` steps; gives the number of steps made.
fn explore<C: Config>(pool: &Pool, depth: usize) -> usize {
    if depth == 0 {
        return 0;
    }
    let mut steps = 0;
    for action in actions(pool.objects.len()) {
        let next = step::<C>(pool, action);
        steps += 1 + explore::<C>(&next, depth - 1);
    }
    steps
}

fn step<C: Config>(pool: &Pool, action: Action) -> Pool {
    let memory = Memory::copy_of(&pool.bytes);
    let mut heap = memory.attach::<C>().unwrap();
    let mut objects = pool.objects.clone();
    let steps = pool.steps + 1;
    let done = act(&memory, &mut heap, &mut objects, action, steps);
    heap.check()
        .unwrap_or_else(|error| panic!("{action:?}: {error}"));
    assert_eq!(heap.stats().used_blocks, objects.len());
    let bytes = memory.bytes();
    if !done {
        common::assert_unchanged(&pool.bytes, &bytes);
    }
    for object in &objects {
        let contents = &bytes[object.offset..][..object.size];
        assert!(
            contents.iter().all(|&byte| byte == object.mark),
            "{action:?}"
        );
    }
    Pool {
        bytes,
        objects,
        steps,
    }
}

fn act<C: Config>(
    memory: &Memory,
    heap: &mut Heap<'_, C>,
    objects: &mut Vec<Object>,
    action: Action,
    mark: u8,
) -> bool {
    let allocated = match action {
        Action::Allocate(size) => heap.allocate(size).map(|pointer| (pointer, size)),
        Action::AllocateAligned(size, align) => {
            let result = heap.allocate_aligned(size, align);
            result
                .inspect(|pointer| assert!(pointer.addr().get().is_multiple_of(align)))
                .map(|pointer| (pointer, size))
        }
        Action::Free(at) => {
            let object = objects.remove(at);
            // SAFETY: the object is live, and forgotten now.
            unsafe { heap.free(memory.at(object.offset)) }.unwrap();
            return true;
        }
        Action::Resize(at, size) => {
            let object = &mut objects[at];
            // SAFETY: the object is live, and its old place forgotten if this succeeds.
            let Ok(pointer) = (unsafe { heap.resize(memory.at(object.offset), size) }) else {
                return false;
            };
            object.offset = pointer.addr().get() - memory.base().addr().get();
            if size > object.size {
                // SAFETY: inside the new payload.
                unsafe {
                    pointer
                        .add(object.size)
                        .write_bytes(object.mark, size - object.size);
                };
            }
            object.size = size;
            return true;
        }
    };
    let Ok((pointer, size)) = allocated else {
        return false;
    };
    // SAFETY: a new payload of this size.
    unsafe { pointer.write_bytes(mark, size) };
    let offset = pointer.addr().get() - memory.base().addr().get();
    objects.push(Object { offset, size, mark });
    true
}

fn every_sequence<C: Config>() {
    let memory = Memory::new(4096);
    // The smallest pool, and room for a few small blocks more.
    let smallest = (0..4096)
        .step_by(C::GRANULE)
        .find(|&size| memory.heap_of::<C>(size).is_ok());
    let size = smallest.unwrap() + 112;
    memory.heap_of::<C>(size).unwrap();
    let pool = Pool {
        bytes: memory.bytes()[..size].to_vec(),
        objects: Vec::new(),
        steps: 0,
    };
    let steps = explore::<C>(&pool, 4);
    assert!(
        steps > 5_000,
        "only {steps} steps: the pool is too small to say anything"
    );
}

for_every_config!(every_sequence_of_four_operations, every_sequence);
