//! Names for what a trace or a dump mentions by number.

use std::path::Path;

use litepool_report::NamedStack;
use litepool_snapshot::Task;
use litepool_trace::Interned;

use crate::naming::Naming;

/// The names of one input.
pub(super) struct InputNames {
    pub(super) interned: Interned,
    pub(super) naming: Naming,
}

impl litepool_report::Naming for InputNames {
    fn stack(&mut self, number: u32) -> NamedStack {
        let stack = self.naming.stack(&self.interned, number);
        NamedStack {
            site: stack.site_index(),
            calls: stack.calls.clone(),
        }
    }

    fn task(&mut self, task: Task) -> String {
        self.naming.task(&self.interned, Some(task))
    }
}

/// The file's name, without its directories.
pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
