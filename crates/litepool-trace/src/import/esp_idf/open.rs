//! A record, and what the lines below it say of it.

use super::line::{Name, Record};
use crate::import::names::Site;
use crate::interned::{Location, MAX_LOCATIONS};

/// A record that may go on in the next lines.
pub(super) struct Open {
    pub(super) size: u64,
    pub(super) address: u64,
    pub(super) memory: String,
    pub(super) cpu: u64,
    pub(super) cycles: u64,
    pub(super) callers: Vec<Site>,
    pub(super) freed_by: Option<Vec<Site>>,
    pub(super) is_freed: bool,
    /// The index of the return address that was named last, of the list that came last.
    named: Option<usize>,
}

impl Open {
    pub(super) fn new(record: &Record<'_>) -> Self {
        Self {
            size: record.size,
            address: record.address,
            memory: record.memory.to_owned(),
            cpu: record.cpu,
            cycles: record.cycles,
            callers: sites(&record.callers),
            freed_by: None,
            is_freed: record.is_freed,
            named: None,
        }
    }

    /// The next line says that it was freed, and by whom.
    pub(super) fn freed_by(&mut self, callers: &[u64]) {
        self.is_freed = true;
        self.freed_by = Some(sites(callers));
        self.named = None;
    }

    /// The monitor's name of a return address, which stands below the line that has it.
    pub(super) fn name(&mut self, name: &Name<'_>) {
        let sites = self.freed_by.as_mut().unwrap_or(&mut self.callers);
        if let Some(address) = name.address {
            let is_new = |site: &Site| site.offset == address && site.locations.is_empty();
            self.named = sites.iter().position(is_new);
        }
        if let Some(index) = self.named
            && let Some(site) = sites.get_mut(index)
            && site.locations.len() < MAX_LOCATIONS
            && !(name.function.is_empty() && name.file.is_empty())
        {
            site.locations.push(Location {
                function: name.function.into(),
                file: name.file.into(),
                line: name.line,
            });
        }
    }

    /// Where it ends. No block is empty.
    pub(super) fn end(&self) -> u64 {
        self.address.saturating_add(self.size.max(1))
    }
}

/// Return addresses of a program without a name.
fn sites(addresses: &[u64]) -> Vec<Site> {
    let site = |&offset| Site {
        module: String::new(),
        offset,
        locations: Vec::new(),
    };
    addresses.iter().map(site).collect()
}
