//! Names for what the blocks of a snapshot mention by number.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result};
use litepool_snapshot::sites::site_among;
use litepool_snapshot::{Call, Origin, Place, Resolver, Snapshot, Symbols, Task};
use litepool_trace::Interned;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Serialize, Serializer};

use crate::sites;

/// Names the call sites and the owners of one snapshot.
pub(crate) struct Naming {
    resolver: Resolver,
    /// Whether owners are threads of a program, and not tasks of a device.
    are_threads: bool,
    /// Names that several owners have.
    shared: FxHashSet<String>,
    stacks: FxHashMap<u32, Rc<CallStack>>,
}

/// A call stack with names.
#[derive(Default, Debug)]
pub(crate) struct CallStack {
    /// The calls, the innermost first: of inlined functions each.
    pub(crate) calls: Vec<Call>,
    /// The index of the call that wanted the memory.
    site: Option<usize>,
}

impl Naming {
    /// Begins with the program of a device, if its file is known.
    ///
    /// # Errors
    /// That file can't be read.
    pub(crate) fn new(snapshot: &Snapshot, elf: Option<&Path>) -> Result<Self> {
        let naming = Self {
            are_threads: matches!(snapshot.origin, Origin::Trace { .. }),
            ..Self::of_trace(&snapshot.interned)
        };
        match elf {
            None => Ok(naming),
            Some(path) => naming.with_firmware(path),
        }
    }

    /// The same, with no names but those that the trace, and the program of a device, bring along:
    /// they are the same on every machine.
    pub(crate) fn without_files(self) -> Self {
        Self {
            resolver: self.resolver.without_files(),
            ..self
        }
    }

    /// The same, with the program of a device.
    ///
    /// # Errors
    /// Its file can't be read.
    pub(crate) fn with_firmware(self, path: &Path) -> Result<Self> {
        let symbols = Symbols::open(path);
        let symbols = symbols.with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            resolver: self.resolver.with_firmware(symbols),
            ..self
        })
    }

    /// Begins for a trace of which no snapshot is wanted: `interned` is what its events mention.
    pub(crate) fn of_trace(interned: &Interned) -> Self {
        Self {
            resolver: Resolver::new(),
            are_threads: true,
            shared: shared(&interned.threads),
            stacks: FxHashMap::default(),
        }
    }

    /// Begins for a device that is listened to: what is known of its names comes with its events.
    pub(crate) fn of_device() -> Self {
        Self::of_trace(&Interned::default())
    }

    /// A call stack. The first question takes the time of finding its names, later ones O(1).
    pub(crate) fn stack(&mut self, interned: &Interned, stack: u32) -> Rc<CallStack> {
        if let Some(stack) = self.stacks.get(&stack) {
            return Rc::clone(stack);
        }
        let calls = Call::of_stack(interned, stack, &mut self.resolver);
        let named = Rc::new(CallStack {
            site: site_among(&calls),
            calls,
        });
        self.stacks.insert(stack, Rc::clone(&named));
        named
    }

    /// The name of an owner; a dash if it is not known.
    pub(crate) fn task(&self, interned: &Interned, task: Option<Task>) -> String {
        let kind = if self.are_threads { "thread" } else { "task" };
        match task {
            Some(Task::Number(number)) => match interned.thread_name(number) {
                Some(name) if self.shared.contains(name) => format!("{name} #{number}"),
                Some(name) => name.to_owned(),
                None => format!("{kind} {number}"),
            },
            Some(Task::Interrupt) => "interrupt".into(),
            Some(Task::None) => "no task".into(),
            None => "-".into(),
        }
    }

    /// Where names come from.
    pub(crate) fn resolver(&mut self) -> &mut Resolver {
        &mut self.resolver
    }

    /// The program of the device, if its file was given.
    pub(crate) fn firmware(&self) -> Option<&Symbols> {
        self.resolver.firmware()
    }

    /// The names of all threads of a trace, by their numbers, and where other names come from.
    pub(crate) fn into_parts(self, interned: &Interned, threads: u32) -> (Vec<String>, Resolver) {
        let task = |number| self.task(interned, Some(Task::Number(number)));
        let names = (0..threads).map(task).collect();
        (names, self.resolver)
    }

    /// What could not be named and why, in sentences for people.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.resolver.notes()
    }
}

impl CallStack {
    /// The call that stands for the stack: the innermost one that is no wrapper around the
    /// allocator. `None` if nothing is known of it.
    pub(crate) fn site(&self) -> Option<&Call> {
        self.calls.get(self.site?)
    }

    /// The index of that call.
    pub(crate) fn site_index(&self) -> Option<usize> {
        self.site
    }

    /// The calls from that one on.
    pub(crate) fn calls_from_site(&self) -> &[Call] {
        &self.calls[self.site.unwrap_or(0)..]
    }

    /// Who called it: the next call that does not allocate for its callers. `None` if that is not known.
    pub(crate) fn caller(&self) -> Option<&Call> {
        let callers = self.calls.get(self.site? + 1..)?;
        let is_code = |call: &&Call| !call.is_wrapper();
        callers.iter().find(is_code).or_else(|| callers.first())
    }

    /// That call, in a line.
    pub(crate) fn site_text(&self) -> String {
        sites::site_text(self.site())
    }

    /// Whether a function, file or module in it has this in its name.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        self.calls.iter().any(|call| {
            let is_named = match &call.place {
                Place::Function { function, file, .. } => {
                    function.contains(text) || file.contains(text)
                }
                Place::Offset(_) => false,
            };
            is_named || call.module.contains(text)
        })
    }
}

impl Serialize for CallStack {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        sites::stack(&self.calls, to)
    }
}

/// The names that occur more than once.
fn shared(names: &[String]) -> FxHashSet<String> {
    let mut seen = FxHashSet::default();
    let known = names.iter().filter(|name| !name.is_empty());
    known
        .filter(|name| !seen.insert(name.as_str()))
        .cloned()
        .collect()
}

/// A call without what changes from build to build: the line, the address.
pub(crate) fn in_any_build(call: &Call) -> Call {
    let place = match &call.place {
        Place::Function { function, file, .. } => Place::Function {
            function: Arc::clone(function),
            file: Arc::clone(file),
            line: 0,
        },
        Place::Offset(_) => Place::Function {
            function: "".into(),
            file: "".into(),
            line: 0,
        },
    };
    Call {
        module: Arc::clone(&call.module),
        place,
    }
}

#[cfg(test)]
mod tests;
