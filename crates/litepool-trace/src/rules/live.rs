//! Which objects are live, in a bit for each of those that live close together.

/// Objects of a page.
const PAGE: usize = 32 << 10;
const WORDS: usize = PAGE / 64;

/// A set of object numbers that are added in ascending order. It takes 4 KiB for each run of 32,768
/// numbers of which one is in the set (the last run in any case), and 8 bytes for each other run.
#[derive(Default, Debug)]
pub(super) struct LiveSet {
    pages: Vec<Option<Box<Page>>>,
    len: u64,
}

#[derive(Debug)]
struct Page {
    len: usize,
    words: [u64; WORDS],
}

impl LiveSet {
    /// How many numbers are in the set.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Adds a number that was never added, and is larger than all that were.
    pub(super) fn push(&mut self, id: u32) {
        let (page, word, bit) = place(id);
        if page >= self.pages.len() {
            if let Some(last) = self.pages.last_mut() {
                last.take_if(|page| page.len == 0);
            }
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page].get_or_insert_with(|| {
            Box::new(Page {
                len: 0,
                words: [0; WORDS],
            })
        });
        page.words[word] |= bit;
        page.len += 1;
        self.len += 1;
    }

    pub(super) fn contains(&self, id: u32) -> bool {
        let (page, word, bit) = place(id);
        matches!(self.pages.get(page), Some(Some(page)) if page.words[word] & bit != 0)
    }

    /// Takes a number out. `false` if it wasn't in the set.
    pub(super) fn remove(&mut self, id: u32) -> bool {
        let (number, word, bit) = place(id);
        let Some(Some(page)) = self.pages.get_mut(number) else {
            return false;
        };
        if page.words[word] & bit == 0 {
            return false;
        }
        page.words[word] &= !bit;
        page.len -= 1;
        self.len -= 1;
        // The page in which numbers are added now fills and empties all the time: it stays.
        if page.len == 0 && number + 1 < self.pages.len() {
            self.pages[number] = None;
        }
        true
    }
}

fn place(id: u32) -> (usize, usize, u64) {
    let id = id as usize;
    (id / PAGE, id % PAGE / 64, 1 << (id % 64))
}
