//! Which call sites allocated the objects of a trace.

use litepool_snapshot::Call;
use litepool_trace::Interned;
use rustc_hash::FxHashMap;

use super::Job;
use crate::naming::Naming;

/// The call sites that allocate: of each object which one wanted its memory.
pub(crate) struct AllocationSites {
    /// The sites, in the order of their first allocation; `None` stands for all unknown ones.
    pub(crate) calls: Vec<Option<Call>>,
    /// The index of its site for each object, in the order of their allocation.
    pub(crate) of_object: Vec<u32>,
}

impl Job {
    /// What the trace mentions by number: call stacks, names.
    pub(crate) fn interned(&self) -> &Interned {
        &self.source.interned
    }

    /// The call stack that allocated each object, in the order of their allocation. None if they were not
    /// kept: see [`Job::with_owners`].
    pub(crate) fn stacks(&self) -> &[u32] {
        &self.stacks
    }

    /// The call sites of the objects: the calls that wanted the memory, not the wrappers that they
    /// called. Each call stack is named once. None if who allocated them was not kept: see
    /// [`Job::with_owners`].
    pub(crate) fn allocation_sites(&self, naming: &mut Naming) -> AllocationSites {
        let mut sites = AllocationSites {
            calls: Vec::new(),
            of_object: Vec::with_capacity(self.stacks.len()),
        };
        let mut by_call: FxHashMap<Option<Call>, u32> = FxHashMap::default();
        let mut by_stack: FxHashMap<u32, u32> = FxHashMap::default();
        for &stack in &self.stacks {
            let site = *by_stack.entry(stack).or_insert_with(|| {
                let stack = naming.stack(self.interned(), stack);
                let call = stack.site().cloned();
                *by_call.entry(call.clone()).or_insert_with(|| {
                    sites.calls.push(call);
                    sites.calls.len() as u32 - 1
                })
            });
            sites.of_object.push(site);
        }
        sites
    }
}
