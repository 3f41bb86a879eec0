//! How call stacks and call sites are told: in words for people, whole for machines.

use litepool_snapshot::{Call, Place, Resolver};
use litepool_trace::Interned;
use serde::Serialize;

/// A frame of a call stack.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct FrameFacts {
    /// The program or library, as recorded; empty: none, as on a device.
    module: String,
    /// The return address in it.
    offset: u64,
    /// Where in the sources that is: the innermost inlined function first. Empty if unknown.
    locations: Vec<LocationFacts>,
}

/// A place in the sources.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
struct LocationFacts {
    function: String,
    /// Empty if unknown.
    file: String,
    /// 0 if unknown.
    line: u32,
}

/// A call site: the function that wanted the memory.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub(crate) struct SiteName {
    /// The program or library, as recorded.
    pub(crate) module: String,
    /// The offset in it, where the function is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
    /// The function; empty if unknown.
    pub(crate) function: String,
    /// The file; empty if unknown.
    pub(crate) file: String,
    /// The line in it; 0 if unknown.
    pub(crate) line: u32,
}

impl From<&Call> for SiteName {
    fn from(call: &Call) -> Self {
        let (offset, function, file, line) = match &call.place {
            Place::Offset(offset) => (Some(*offset), String::new(), String::new(), 0),
            Place::Function {
                function,
                file,
                line,
            } => (None, function.to_string(), file.to_string(), *line),
        };
        Self {
            module: call.module.to_string(),
            offset,
            function,
            file,
            line,
        }
    }
}

/// All frames of a stack, the innermost first.
pub(crate) fn frames(interned: &Interned, stack: u32, resolver: &mut Resolver) -> Vec<FrameFacts> {
    let frame = |frame| {
        let locations = resolver.locations(interned, frame).into_iter();
        let location = |location: litepool_trace::Location| LocationFacts {
            function: location.function.to_string(),
            file: location.file.to_string(),
            line: location.line,
        };
        FrameFacts {
            module: interned
                .module_of(frame)
                .map_or_else(String::new, |module| module.path.clone()),
            offset: frame.offset,
            locations: locations.map(location).collect(),
        }
    };
    interned.frames_of(stack).map(frame).collect()
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
    for note in resolver.notes() {
        eprintln!("litepool: {note}");
    }
}

#[cfg(test)]
mod tests;
