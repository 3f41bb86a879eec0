//! Call sites and functions of call stacks, by number.

use std::hash::Hash;

use litepool_snapshot::{Call, Place, Snapshot};
use litepool_trace::Interned;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::naming::{CallStack, Naming};

/// The call sites and functions of a snapshot's call stacks. Memory is that of the stacks that were
/// asked for.
pub(super) struct Functions<'s, 'n> {
    interned: &'s Interned,
    naming: &'n mut Naming,
    stacks: FxHashMap<u32, Numbered>,
    sites: Numbers<Option<Call>>,
    functions: Numbers<String>,
}

/// Each of some things by its number.
#[derive(Default)]
struct Numbers<T> {
    all: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

/// A call stack, by numbers.
struct Numbered {
    /// The call that stands for it.
    site: u32,
    /// All functions, the innermost first, each once.
    functions: Vec<u32>,
}

impl<'s, 'n> Functions<'s, 'n> {
    pub(super) fn of(snapshot: &'s Snapshot, naming: &'n mut Naming) -> Self {
        Self {
            interned: &snapshot.interned,
            naming,
            stacks: FxHashMap::default(),
            sites: Numbers::default(),
            functions: Numbers::default(),
        }
    }

    /// The call site that stands for a stack.
    pub(super) fn site(&mut self, stack: u32) -> u32 {
        self.numbered(stack).site
    }

    /// The functions of a stack, the innermost first, each once. None if they are unknown.
    pub(super) fn all(&mut self, stack: u32) -> &[u32] {
        &self.numbered(stack).functions
    }

    /// A call site; `None`: unknown.
    pub(super) fn call(&self, site: u32) -> Option<&Call> {
        self.sites.all[site as usize].as_ref()
    }

    /// What a function is called.
    pub(super) fn name(&self, function: u32) -> &str {
        &self.functions.all[function as usize]
    }

    pub(super) fn naming(&self) -> &Naming {
        self.naming
    }

    fn numbered(&mut self, stack: u32) -> &Numbered {
        if !self.stacks.contains_key(&stack) {
            let named = self.naming.stack(self.interned, stack);
            let mut seen = FxHashSet::default();
            let functions = functions(&named).map(|function| self.functions.number(function));
            let functions = functions
                .filter(|&function| seen.insert(function))
                .collect();
            let site = self.sites.number(named.site().cloned());
            self.stacks.insert(stack, Numbered { site, functions });
        }
        &self.stacks[&stack]
    }
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn number(&mut self, one: T) -> u32 {
        let next = self.all.len() as u32;
        let number = *self.numbers.entry(one.clone()).or_insert(next);
        if number == next {
            self.all.push(one);
        }
        number
    }
}

/// Who wanted the memory, from the innermost function to the outermost, without what allocates for
/// its callers; a function without a name by its call's address.
pub(crate) fn functions(stack: &CallStack) -> impl Iterator<Item = String> {
    let name = |call: &Call| match &call.place {
        Place::Function { function, .. } if !function.is_empty() => function.to_string(),
        _ => call.to_string(),
    };
    stack.calls_from_site().iter().map(name)
}
