//! An index of words that keeps some of them. What is never freed is marked: leak BLOCKS.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

struct Node {
    next: RefCell<Option<Rc<Node>>>,
    _word: String,
}

#[inline(never)]
fn ring(word: &str) {
    let node = Rc::new(Node { // leak 3000
        next: RefCell::new(None),
        _word: word.to_owned(), // leak 3000
    });
    *node.next.borrow_mut() = Some(Rc::clone(&node));
}

#[inline(never)]
fn keep(number: usize) {
    let table: Vec<u64> = (0..16 + number as u64 % 8).collect(); // leak 6000
    std::mem::forget(std::hint::black_box(table));
}

#[inline(never)]
fn count(index: &mut HashMap<String, usize>, word: &str) {
    *index.entry(word.to_owned()).or_default() += 1;
}

fn main() {
    let mut index = HashMap::new();
    for number in 0..300_000_usize {
        let word = format!("word number {}", number % 5_000);
        count(&mut index, &word);
        if number % 100 == 0 {
            ring(&word);
        }
        if number % 50 == 0 {
            keep(number);
        }
    }
    assert_eq!(index.len(), 5_000);
}
