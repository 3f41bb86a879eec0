//! How call stacks and call sites are told: in words for people, as objects for machines.

use litepool_snapshot::{Call, Place, Resolver};
use serde::{Serialize, Serializer};

use crate::output::note;

/// A call as all reports for machines have it: that of a call site, or of a call stack.
#[derive(Serialize, Debug)]
struct CallFacts<'c> {
    /// The program or library, as recorded; empty: none, as on a device.
    module: &'c str,
    /// The return address in it, where the function is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    /// The function; empty if unknown.
    function: &'c str,
    /// The file; empty if unknown.
    file: &'c str,
    /// The line in it; 0 if unknown.
    line: u32,
}

impl<'c> From<&'c Call> for CallFacts<'c> {
    fn from(call: &'c Call) -> Self {
        let (offset, function, file, line) = match &call.place {
            Place::Offset(offset) => (Some(*offset), "", "", 0),
            Place::Function {
                function,
                file,
                line,
            } => (None, &**function, &**file, *line),
        };
        Self {
            module: &call.module,
            offset,
            function,
            file,
            line,
        }
    }
}

/// Writes a call for machines.
pub(crate) fn call<S: Serializer>(call: &Call, to: S) -> Result<S::Ok, S::Error> {
    CallFacts::from(call).serialize(to)
}

/// Writes a call site for machines; `null` if it is unknown.
pub(crate) fn site<S: Serializer>(site: &Option<Call>, to: S) -> Result<S::Ok, S::Error> {
    site.as_ref().map(CallFacts::from).serialize(to)
}

/// Writes a call stack for machines: a list of its calls.
pub(crate) fn stack<S: Serializer>(calls: &[Call], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(calls.iter().map(CallFacts::from))
}

/// A call site for people, in a line.
pub(crate) fn site_text(site: Option<&Call>) -> String {
    site.map_or_else(|| "unknown".into(), Call::to_string)
}

/// The callers of a site on one line of at most `width` characters: `poll (net.c:80) < main (main.c:9)`. Empty
/// if none is known.
pub(crate) fn callers(callers: &[Call], width: usize) -> String {
    const MORE: &str = " < …";
    let mut line = String::new();
    for (index, caller) in callers.iter().enumerate() {
        let separator = if line.is_empty() { "" } else { " < " };
        let is_last = index + 1 == callers.len();
        let taken = line.chars().count() + separator.len();
        let room = width.saturating_sub(taken + if is_last { 0 } else { 4 });
        let text = caller.text(room);
        if text.chars().count() > room && !line.is_empty() {
            return line + MORE;
        }
        line += separator;
        line += &text;
    }
    line
}

/// Says on standard error what could not be named, and why.
pub(crate) fn warn(resolver: &Resolver) {
    for line in resolver.notes() {
        note(line);
    }
}

#[cfg(test)]
mod tests;
