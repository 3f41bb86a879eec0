//! What reader and writer both expect of the next event. What comes as expected costs no byte beyond its tag.
//!
//! A program does the same things at the same places again and again. So each call site remembers what happened
//! there last: the size, the alignment, how far back the object was, and which site was active next.

/// What happened last at a call site.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Habit {
    /// Size in bytes of the last object allocated or resized here.
    pub(super) size: u64,
    /// Alignment code of the last object allocated here.
    pub(super) align: u8,
    /// How far back in the order of allocation the last object resized or freed here was; 0: the newest.
    pub(super) distance: u32,
    /// The site that was active after this one.
    next: u32,
}

/// The habits of all sites. Site 0 is the unknown one.
#[derive(Debug)]
pub(super) struct Model {
    habits: Vec<Habit>,
    site: u32,
    pub(super) thread: u32,
}

impl Model {
    pub(super) fn new() -> Self {
        Self {
            habits: vec![Habit::default()],
            site: 0,
            thread: 0,
        }
    }

    pub(super) fn add_site(&mut self) {
        self.habits.push(Habit::default());
    }

    /// The site that will probably be active next.
    pub(super) fn expected_site(&self) -> u32 {
        self.habits[self.site as usize].next
    }

    /// Goes on to the site that is active, and returns its habit. `None` if there is no such site.
    pub(super) fn enter(&mut self, site: u32) -> Option<&mut Habit> {
        if site as usize >= self.habits.len() {
            return None;
        }
        self.habits[self.site as usize].next = site;
        self.site = site;
        self.habits.get_mut(site as usize)
    }

    /// Remembers what happened at the active site. Its successor stays as it is.
    pub(super) fn learn(&mut self, habit: Habit) {
        let old = &mut self.habits[self.site as usize];
        *old = Habit {
            next: old.next,
            ..habit
        };
    }
}

/// An alignment as one byte: 0 for the default, else one more than the exponent of two.
pub(super) fn align_code(align: u64) -> u8 {
    if align == 0 {
        0
    } else {
        align.trailing_zeros() as u8 + 1
    }
}

/// The alignment that a code stands for. `None` for a code that stands for none.
pub(super) fn align_of(code: u8) -> Option<u64> {
    match code {
        0 => Some(0),
        1..=64 => Some(1 << (code - 1)),
        _ => None,
    }
}
