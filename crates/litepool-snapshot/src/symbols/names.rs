//! Names as the programmer wrote them.

use std::fmt::{self, Write};

/// Most bytes of a name. A mangled name of a few bytes can stand for millions.
const LONGEST: usize = 4_096;

/// The name of a symbol as a person reads it: demangled where it is mangled, of Rust without the hash.
/// What is longer than 4,096 bytes is cut off.
pub(super) fn readable(name: &[u8]) -> String {
    let name = &name[..name.len().min(2 * LONGEST)];
    let name = String::from_utf8_lossy(name);
    // How glibc calls its own functions without the way through the dynamic linker.
    let name = name.strip_prefix("__GI_").unwrap_or(&name);
    rust(name)
        .or_else(|| cpp(name).or_else(|| cpp_template(name)))
        .unwrap_or_else(|| short(name))
}

/// At most [`LONGEST`] bytes of a text.
pub(super) fn short(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

fn rust(name: &str) -> Option<String> {
    let name = rustc_demangle::try_demangle(name).ok()?;
    let mut text = Short::default();
    write!(text, "{name:#}").ok()?;
    Some(text.0)
}

fn cpp(name: &str) -> Option<String> {
    if !name.starts_with("_Z") && !name.starts_with("__Z") {
        return None;
    }
    let name = cpp_demangle::Symbol::new(name).ok()?;
    let mut text = Short::default();
    let options = cpp_demangle::DemangleOptions::new();
    name.structured_demangle(&mut text, &options).ok()?;
    Some(text.0)
}

/// The name alone of a C++ function outside of classes and namespaces, or in `std`. `cpp_demangle`
/// does not know all that may follow: in the type that `std::make_shared` returns there is a
/// condition that it can't read.
fn cpp_template(name: &str) -> Option<String> {
    let rest = name.strip_prefix("_Z")?;
    let (path, rest) = match rest.strip_prefix("St") {
        Some(rest) => ("std::", rest),
        None => ("", rest),
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = rest.get(..digits)?.parse().ok()?;
    let name = rest.get(digits..digits.checked_add(length)?)?;
    Some(format!("{path}{name}"))
}

/// A text that gets no longer than [`LONGEST`].
#[derive(Default)]
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
