//! The symbol table: functions and variables.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use object::{File, Object, ObjectSymbol, Symbol, SymbolKind};

use super::elf::Elf;
use super::{Variable, names};

/// How many functions before an address are asked whether they reach over it: one may lie in another.
const NESTED: usize = 8;

/// The functions in the order of their addresses.
pub(super) struct Table {
    bytes: Arc<[u8]>,
    functions: Vec<Function>,
}

struct Function {
    start: u64,
    end: u64,
    /// Where in the file the name is.
    name: Range<usize>,
}

impl Table {
    /// The functions of a file. O(n log n).
    pub(super) fn of(elf: &Elf) -> Self {
        let mut functions = elf
            .file()
            .map_or_else(Vec::new, |file| functions(elf, &file));
        // Of several with the same address the one that ranks first stays.
        functions.sort_by(|(a, rank_a), (b, rank_b)| (a.start, rank_a).cmp(&(b.start, rank_b)));
        functions.dedup_by_key(|(function, _)| function.start);
        let mut functions: Vec<Function> = functions
            .into_iter()
            .map(|(function, _)| function)
            .collect();
        // Hand-written code has no sizes: it reaches to the next function, or the section's end.
        let mut next = u64::MAX;
        for function in functions.iter_mut().rev() {
            if function.end == function.start {
                function.end = section_end(elf, function.start).min(next);
            }
            next = function.start;
        }
        Self {
            bytes: Arc::clone(&elf.bytes),
            functions,
        }
    }

    /// How many functions there are.
    pub(super) fn len(&self) -> usize {
        self.functions.len()
    }

    /// The name of the function that this address is in, as the file has it. O(log n).
    pub(super) fn function(&self, address: u64) -> Option<&[u8]> {
        let after = self
            .functions
            .partition_point(|function| function.start <= address);
        let function = self.functions[..after]
            .iter()
            .rev()
            .take(NESTED)
            .find(|function| address < function.end)?;
        self.bytes.get(function.name.clone())
    }
}

/// The variables in the order of their addresses.
pub(super) fn variables(elf: &Elf) -> Vec<Variable> {
    let Some(file) = elf.file() else {
        return Vec::new();
    };
    // Names may share bytes. A file whose names are much longer than itself is made to exhaust memory.
    let mut room = elf.bytes.len().saturating_mul(4);
    let variable = |symbol: Symbol<'_, '_>| {
        if symbol.kind() != SymbolKind::Data || !symbol.is_definition() {
            return None;
        }
        let name = names::readable(symbol.name_bytes().ok()?);
        room = room.checked_sub(name.len())?;
        Some(Variable {
            name,
            range: symbol.address()..symbol.address().checked_add(symbol.size())?,
        })
    };
    let mut variables: Vec<Variable> = symbols(&file).filter_map(variable).collect();
    // The outermost of several at one address first: the one that a reverse search finds last.
    variables.sort_by(|a, b| {
        (a.range.start, Reverse(a.range.end), &a.name).cmp(&(
            b.range.start,
            Reverse(b.range.end),
            &b.name,
        ))
    });
    variables
}

/// Functions, and how much their names are worth: a low rank is better.
fn functions(elf: &Elf, file: &File<'_>) -> Vec<(Function, u8)> {
    let start_of_file = elf.bytes.as_ptr().addr();
    let function = |symbol: Symbol<'_, '_>| {
        let is_function = match symbol.kind() {
            SymbolKind::Text => true,
            // Labels of hand-written code, but not those that say which instruction set follows.
            SymbolKind::Unknown | SymbolKind::Label => is_in_code(elf, symbol.address()),
            _ => false,
        };
        let name = symbol.name_bytes().ok()?;
        if !is_function || !symbol.is_definition() || name.is_empty() || name[0] == b'$' {
            return None;
        }
        let rank = match symbol.kind() {
            SymbolKind::Text if symbol.is_local() => 2,
            SymbolKind::Text => u8::from(symbol.is_weak()),
            _ => 3,
        };
        let start = if elf.has_thumb {
            symbol.address() & !1
        } else {
            symbol.address()
        };
        let at = name.as_ptr().addr() - start_of_file;
        let function = Function {
            start,
            end: start.saturating_add(symbol.size()),
            name: at..at + name.len(),
        };
        Some((function, rank))
    };
    symbols(file).filter_map(function).collect()
}

/// All symbols, or, if the program was stripped of them, those that it exports.
fn symbols<'f>(file: &'f File<'f>) -> impl Iterator<Item = Symbol<'f, 'f>> {
    let has_all = file.symbols().next().is_some();
    let exported = file.dynamic_symbols();
    file.symbols().chain(exported.filter(move |_| !has_all))
}

fn is_in_code(elf: &Elf, address: u64) -> bool {
    section_end(elf, address) > address
}

/// The end of the code that this address is in; the address itself if it is in none.
fn section_end(elf: &Elf, address: u64) -> u64 {
    let after = elf.code.partition_point(|range| range.start <= address);
    let range = after.checked_sub(1).map(|index| &elf.code[index]);
    range
        .filter(|range| range.contains(&address))
        .map_or(address, |range| range.end)
}
