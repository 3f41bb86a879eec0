//! Results to the host: one line of JSON each, on its standard output.

use semihosting::io::{self, Write as _};
use serde::Serialize;

/// The longest line, in bytes.
const LONGEST: usize = 512;

/// Instructions of operations of one kind.
#[derive(Serialize)]
pub struct Counted {
    /// Name of the allocator's configuration.
    pub configuration: &'static str,
    /// Name of the work.
    pub scenario: &'static str,
    /// How many free blocks of one class there were, in work with long lists.
    pub blocks: Option<usize>,
    /// What was done.
    pub operation: &'static str,
    /// How many.
    pub count: u32,
    /// Sum of their instructions.
    pub sum: u64,
    /// The most instructions of one.
    pub max: u64,
}

/// What a recorder costs.
#[derive(Serialize)]
pub struct Recorded {
    /// What it takes down.
    pub recorder: &'static str,
    /// What was done, or counted.
    pub of: &'static str,
    /// Instructions, or bytes; of so many.
    pub sum: u64,
    /// How many.
    pub count: u64,
}

/// The last line: everything held.
#[derive(Serialize)]
pub struct Passed {
    /// How many configurations went through all of the work.
    pub passed: usize,
    /// On what.
    pub machine: &'static str,
}

/// Sends a line.
///
/// # Panics
/// If the host does not take it.
pub fn line<T: Serialize>(value: &T) {
    let json = serde_json_core::to_string::<_, LONGEST>(value).expect("a line is not too long");
    let mut host = io::stdout().expect("the host has a standard output");
    writeln!(host, "{json}").expect("the host takes a line");
}
