//! Where two traces part.

use std::path::Path;

use anyhow::{Context, Result};
use litepool_report::model::{Divergence, Source};
use litepool_report::names::facts;
use litepool_snapshot::{Call, Resolver};
use litepool_trace::{Event, Format, Importer, Op};

/// The operations of a trace, one after the other.
struct Operations {
    importer: Importer<'static>,
    name: String,
}

impl Operations {
    fn open(path: &Path, format: Option<Format>) -> Result<Self> {
        let importer = Importer::open(path, format)?;
        let name = path.display().to_string();
        Ok(Self { importer, name })
    }

    /// The next operation. `None`: that was all.
    fn next(&mut self) -> Result<Option<(Event, Op)>> {
        for event in self.importer.by_ref() {
            let event = event.with_context(|| self.name.clone())?;
            if let Some(op) = event.op() {
                return Ok(Some((event, op)));
            }
        }
        Ok(None)
    }

    /// The call that wanted the memory, as an index of the source's calls.
    fn site(&self, event: Option<(Event, Op)>, source: &mut Source) -> Option<u32> {
        let (event, _) = event?;
        let interned = self.importer.interned();
        let call = facts(&Call::site(interned, event.stack, &mut Resolver::new())?);
        let known = source.calls.iter().position(|known| *known == call);
        let index = known.unwrap_or_else(|| {
            source.calls.push(call);
            source.calls.len() - 1
        });
        u32::try_from(index).ok()
    }
}

/// The first operation that two traces do not share: another kind, another size, another object. The
/// call sites are among those of the sources. Reads both side by side: O(operations), and the memory of what is
/// live.
///
/// # Errors
/// One of them can't be read.
pub(super) fn divergence(
    paths: [&Path; 2],
    format: Option<Format>,
    sources: &mut [Source],
) -> Result<Option<Divergence>> {
    let [first, second] = sources else {
        return Ok(None);
    };
    let mut a = Operations::open(paths[0], format)?;
    let mut b = Operations::open(paths[1], format)?;
    let mut number = 0;
    loop {
        number += 1;
        let both = (a.next()?, b.next()?);
        let ops = (both.0.map(|(_, op)| op), both.1.map(|(_, op)| op));
        if ops == (None, None) {
            return Ok(None);
        }
        if ops.0 != ops.1 {
            return Ok(Some(Divergence {
                operation: number,
                kinds: (kind(ops.0), kind(ops.1)),
                sizes: (size(ops.0), size(ops.1)),
                sites: (a.site(both.0, first), b.site(both.1, second)),
            }));
        }
    }
}

fn kind(op: Option<Op>) -> &'static str {
    match op {
        None => "end",
        Some(Op::Allocate { .. }) => "allocate",
        Some(Op::Resize { .. }) => "resize",
        Some(Op::Free { .. }) => "free",
    }
}

fn size(op: Option<Op>) -> u64 {
    match op {
        Some(Op::Allocate { size, .. } | Op::Resize { size, .. }) => size,
        _ => 0,
    }
}
