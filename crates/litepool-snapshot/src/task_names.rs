//! What a device's tasks are called: the program says so in an array.

use litepool_trace::WordSize;

use crate::memory_image::MemoryImage;
use crate::symbols::Symbols;

/// The variable: an array of pointers to C strings, one for each task by its number; null for those
/// without a name.
pub const VARIABLE: &str = "litepool_task_names";

/// Most bytes of a name that are read.
const LONGEST: u64 = 64;
/// Most names: the number of a task has 16 bits.
const MOST: usize = 1 << 16;

/// The names, by the tasks' numbers; none, if the program has no such array. What the memory does
/// not have, because it is constant, is read from the program's file. O(length of the array).
pub fn of(memory: &MemoryImage, symbols: &Symbols, word: WordSize) -> Vec<String> {
    let Some(array) = symbols.find(VARIABLE) else {
        return Vec::new();
    };
    let constants = symbols.constants();
    let byte = |address: u64| -> Option<u8> {
        let range = address..address.checked_add(1)?;
        let byte = memory
            .bytes(range.clone())
            .or_else(|| constants.bytes(range));
        Some(byte?[0])
    };
    let pointer = |address: u64| {
        let mut bytes = (0..u64::from(word.bytes())).rev();
        bytes.try_fold(0, |word, offset| {
            let byte = byte(address.checked_add(offset)?)?;
            Some(word << 8 | u64::from(byte))
        })
    };
    let name = |address: u64| -> Option<String> {
        let address = pointer(address).filter(|&address| address != 0)?;
        let bytes = (0..LONGEST).map_while(|offset| byte(address.checked_add(offset)?));
        let bytes: Vec<u8> = bytes.take_while(|&byte| byte != 0).collect();
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    let pointers = array.range.clone().step_by(word.bytes() as usize);
    pointers
        .take(MOST)
        .map(|at| name(at).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests;
