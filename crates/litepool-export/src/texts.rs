//! Names as texts.

use litepool_snapshot::{Call, Place, printable};

/// Characters of a name.
const MOST_CHARACTERS: usize = 512;

/// The name of a call's function; without one, its place in its module.
pub(crate) fn function(call: &Call) -> String {
    match &call.place {
        Place::Function { function, .. } if !function.is_empty() => function.to_string(),
        Place::Function { file, line, .. } if !file.is_empty() => format!("{file}:{line}"),
        Place::Function { .. } => "[unknown]".into(),
        Place::Offset(offset) => {
            let module = call.module.rsplit('/').next().unwrap_or_default();
            match module {
                "" => format!("{offset:#x}"),
                module => format!("{module}+{offset:#x}"),
            }
        }
    }
}

/// The first of so many characters that no viewer shows them all: names can be of any length, and
/// stand in a file as often as there are call stacks.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A text of a stranger as JSON.
pub(crate) fn json(text: &str) -> String {
    serde_json::Value::from(printable(text)).to_string()
}
