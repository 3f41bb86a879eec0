//! What pools and tasks are called, and how large pools are: for a desk that comes late.

use litepool::event::{Event, What};

use crate::{Name, Task};

#[derive(Clone, Copy)]
struct Pool {
    /// 0: no pool.
    address: usize,
    size: usize,
    name: Text,
}

#[derive(Clone, Copy)]
struct Named {
    task: Task,
    name: Text,
}

/// A text, or none: as zeros, so that a recorder is part of `.bss`.
type Text = Option<&'static [u8]>;

pub struct Tables<const POOLS: usize, const TASKS: usize> {
    pools: [Pool; POOLS],
    tasks: [Named; TASKS],
    pub unlisted_pools: u32,
    pub unlisted_tasks: u32,
    /// Has a name come since the last announcement?
    pub is_changed: bool,
}

impl<const POOLS: usize, const TASKS: usize> Tables<POOLS, TASKS> {
    pub const fn new() -> Self {
        Self {
            pools: [Pool {
                address: 0,
                size: 0,
                name: None,
            }; POOLS],
            tasks: [Named {
                task: Task::None,
                name: None,
            }; TASKS],
            unlisted_pools: 0,
            unlisted_tasks: 0,
            is_changed: false,
        }
    }

    /// Notes what becomes of pools. A step for each pool of the table.
    pub fn note(&mut self, event: &Event) {
        match event.what {
            What::Initialised { size } => {
                if let Some(pool) = self.pool(event.pool) {
                    pool.size = size;
                }
            }
            What::Deinitialised => {
                for pool in &mut self.pools {
                    if pool.address == event.pool {
                        pool.address = 0;
                    }
                }
            }
            _ => {}
        }
    }

    /// The entry of this pool, a new one if it has none. If there is no room that is counted.
    fn pool(&mut self, address: usize) -> Option<&mut Pool> {
        let of = |wanted| move |pool: &Pool| pool.address == wanted;
        let known = self.pools.iter().position(of(address));
        match known.or_else(|| self.pools.iter().position(of(0))) {
            Some(index) => {
                let pool = self.pools.get_mut(index)?;
                if known.is_none() {
                    *pool = Pool {
                        address,
                        size: 0,
                        name: None,
                    };
                }
                Some(pool)
            }
            None => {
                self.unlisted_pools = self.unlisted_pools.saturating_add(1);
                None
            }
        }
    }

    pub fn name_pool(&mut self, address: usize, name: &'static [u8]) {
        if let Some(pool) = self.pool(address) {
            pool.name = Some(name);
            self.is_changed = true;
        }
    }

    pub fn name_task(&mut self, task: Task, name: &'static [u8]) {
        let of = |wanted| move |named: &Named| named.task == wanted;
        let known = self.tasks.iter().position(of(task));
        let index = known.or_else(|| self.tasks.iter().position(of(Task::None)));
        match index.and_then(|index| self.tasks.get_mut(index)) {
            Some(named) => {
                let name = Some(name);
                *named = Named { task, name };
                self.is_changed = true;
            }
            None => self.unlisted_tasks = self.unlisted_tasks.saturating_add(1),
        }
    }

    /// Forgets what a task is called.
    pub fn forget_task(&mut self, task: Task) {
        for named in &mut self.tasks {
            if named.task == task {
                named.task = Task::None;
            }
        }
    }

    /// The name at `index`, or the next one behind it, and where that is.
    pub fn name(&self, index: usize) -> Option<(usize, Name<'static>)> {
        (index..POOLS + TASKS).find_map(|index| {
            let name = match self.pools.get(index) {
                Some(pool) => (pool.address != 0).then_some(Name::Pool {
                    address: pool.address as u64,
                    size: pool.size as u64,
                    name: pool.name.unwrap_or(&[]),
                }),
                None => self
                    .tasks
                    .get(index - POOLS)
                    .filter(|named| named.task != Task::None)
                    .map(|named| Name::Task {
                        task: named.task,
                        name: named.name.unwrap_or(&[]),
                    }),
            };
            Some((index, name?))
        })
    }
}
