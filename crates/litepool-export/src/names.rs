//! Call stacks, tasks and pools by name.

use std::rc::Rc;

use litepool_snapshot::{Call, Resolver};
use litepool_trace::Interned;
use rustc_hash::FxHashMap;

/// Knows the names of what the events of a trace mention by number.
///
/// ```
/// use litepool_export::Names;
/// use litepool_snapshot::Resolver;
///
/// let names = Names::new(Resolver::new(), vec!["main".into()], Vec::new());
/// assert_eq!((names.thread(0), names.thread(1)), ("main".into(), "thread 1".into()));
/// assert_eq!(names.pool(0), "default");
/// ```
#[derive(Debug)]
pub struct Names {
    resolver: Resolver,
    threads: Vec<String>,
    pools: Vec<String>,
    frames: FxHashMap<u32, Rc<[Call]>>,
}

impl Names {
    /// Begins with the names of the threads and pools, by their numbers; those that are not there,
    /// or empty, are unknown.
    #[must_use]
    pub fn new(resolver: Resolver, threads: Vec<String>, pools: Vec<String>) -> Self {
        Self {
            resolver,
            threads,
            pools,
            frames: FxHashMap::default(),
        }
    }

    /// The name of a thread or task.
    #[must_use]
    pub fn thread(&self, number: u32) -> String {
        let known = self.threads.get(number as usize);
        let known = known.filter(|name| !name.is_empty());
        known.map_or_else(|| format!("thread {number}"), Clone::clone)
    }

    /// The name of a pool or region.
    #[must_use]
    pub fn pool(&self, number: u32) -> String {
        let known = self.pools.get(number as usize);
        match known.filter(|name| !name.is_empty()) {
            Some(name) => name.clone(),
            None if number == 0 => "default".into(),
            None => format!("pool {number}"),
        }
    }

    /// The calls of a frame of a trace, by its number: the innermost inlined function first. At
    /// least one, if there is that frame. The first question takes the time of finding the names,
    /// later ones O(1).
    pub fn frame(&mut self, interned: &Interned, number: u32) -> Rc<[Call]> {
        if let Some(known) = self.frames.get(&number) {
            return Rc::clone(known);
        }
        let frame = interned.frames.get(number as usize);
        let calls = frame.map(|frame| Call::of_frame(interned, frame, &mut self.resolver));
        let calls: Rc<[Call]> = calls.unwrap_or_default().into();
        self.frames.insert(number, Rc::clone(&calls));
        calls
    }

    /// What could not be named and why, in sentences for people.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.resolver.notes()
    }
}
