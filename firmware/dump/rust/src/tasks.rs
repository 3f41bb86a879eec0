//! Tasks that take turns, each with a stack of its own: what an RTOS is for a heap.

use core::arch::naked_asm;
use core::cell::{RefCell, UnsafeCell};
use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::ops::Range;

use critical_section::Mutex;

/// How many tasks there are, `main` among them.
pub const TASKS: usize = 4;
/// What a task keeps on its stack while it waits: r4 to r11, and where it goes on.
const SAVED: usize = 9;

/// Each task's name, by its number. `litepool dump` finds the names here: an array of pointers to
/// C strings, of this name.
#[unsafe(export_name = "litepool_task_names")]
static NAMES: [Name; TASKS] = [
    Name(c"main".as_ptr()),
    Name(c"sensor".as_ptr()),
    Name(c"net".as_ptr()),
    Name(c"log".as_ptr()),
];

struct Name(*const c_char);

// SAFETY: nobody writes to what it points to.
unsafe impl Sync for Name {}

/// A stack for a task.
#[repr(C, align(8))]
pub struct Stack<const WORDS: usize = 256>(UnsafeCell<[MaybeUninit<u32>; WORDS]>);

// SAFETY: one task uses it, from `create` on.
unsafe impl<const WORDS: usize> Sync for Stack<WORDS> {}

impl<const WORDS: usize> Stack<WORDS> {
    /// An unused one.
    pub const fn new() -> Self {
        Self(UnsafeCell::new([MaybeUninit::uninit(); WORDS]))
    }

    fn range(&'static self) -> Range<usize> {
        let start = self.0.get().addr();
        start..start + WORDS * size_of::<u32>()
    }
}

struct Tasks {
    current: usize,
    sp: [*mut u32; TASKS],
    stack: [Range<usize>; TASKS],
}

// SAFETY: the pointers are to stacks that live for ever.
unsafe impl Send for Tasks {}

static ALL: Mutex<RefCell<Tasks>> = Mutex::new(RefCell::new(Tasks {
    current: 0,
    sp: [core::ptr::null_mut(); TASKS],
    stack: [const { 0..0 }; TASKS],
}));

fn with<R>(work: impl FnOnce(&mut Tasks) -> R) -> R {
    critical_section::with(|section| work(&mut ALL.borrow_ref_mut(section)))
}

/// Makes `body` the task `id`, 1 to `TASKS - 1`, on this stack, which no other task has.
pub fn create<const WORDS: usize>(id: usize, stack: &'static Stack<WORDS>, body: fn() -> !) {
    let sp = stack.0.get().cast::<u32>().wrapping_add(WORDS - SAVED);
    // SAFETY: the stack has room for it, and nothing uses it yet.
    unsafe { sp.add(SAVED - 1).write(body as usize as u32) };
    with(|tasks| {
        tasks.sp[id] = sp;
        tasks.stack[id] = stack.range();
    });
}

/// Lets the next task run.
pub fn give_way() {
    let (saved, sp) = with(|tasks| {
        let from = tasks.current;
        tasks.current = from % (TASKS - 1) + 1;
        (&raw mut tasks.sp[from], tasks.sp[tasks.current])
    });
    // SAFETY: the stack at `sp` is a task's that waits, and has what `switch_to` left there.
    unsafe { switch_to(saved, sp) };
}

/// Leaves the stack in use, whose pointer goes to `saved`, for the one at `sp`.
#[unsafe(naked)]
unsafe extern "C" fn switch_to(saved: *mut *mut u32, sp: *mut u32) {
    naked_asm!(
        "push {{r4-r11, lr}}",
        "str sp, [r0]",
        "mov sp, r1",
        "pop {{r4-r11, pc}}",
    )
}

/// The number of the task that runs; 0 before there is one.
pub fn current() -> usize {
    with(|tasks| tasks.current)
}

/// The name of the task that runs.
pub fn current_name() -> &'static str {
    let name = NAMES[current()].0;
    // SAFETY: a literal of ours, which ends with a zero.
    unsafe { CStr::from_ptr(name) }.to_str().unwrap_or("?")
}

/// The stack of the task that runs; empty before there is one.
pub fn current_stack() -> Range<usize> {
    with(|tasks| tasks.stack[tasks.current].clone())
}
