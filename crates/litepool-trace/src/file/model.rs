//! What reader and writer both expect of the next record. What comes as expected costs no byte
//! beyond its tag.
//!
//! A program does the same things at the same places again and again. So each call stack remembers
//! what happened there last: the size, the alignment, the pool, how far back the object was, and
//! which stack was active next; and each frame, which one it called in the last new stack.

use crate::interned::Stack;

/// What happened last at a call stack.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Habit {
    /// Size in bytes of the last object allocated or resized here, or of the last request refused.
    pub(super) size: u64,
    /// Alignment code of the last object allocated here, likewise.
    pub(super) align: u8,
    /// The pool, likewise.
    pub(super) pool: u32,
    /// How far back in the order of allocation the last object resized or freed here was; 0: the newest.
    pub(super) distance: u32,
    /// The stack that was active after this one.
    next: u32,
}

/// The habits of all stacks, and what was announced last. Stack 0 is the unknown one.
#[derive(Debug)]
pub(super) struct Model {
    habits: Vec<Habit>,
    /// The active stack.
    stack: u32,
    /// Whether a new stack is expected to be the active one. Version 1 did not.
    expects_new: bool,
    /// Whether stacks were announced since the active one became it.
    is_announced: bool,
    pub(super) thread: u32,
    /// The module of the frame announced last.
    pub(super) module: u32,
    /// The frame that each called in the last stack announced with such a call, by the number of the
    /// frame plus 1: the first is called by nobody who is known.
    callees: Vec<u32>,
    /// Whether frames were announced since the last stack.
    is_new_frame: bool,
    /// The innermost frame of each stack plus 1.
    innermost: Vec<u32>,
}

impl Model {
    /// What is expected at the start of a file of this version.
    pub(super) fn new(version: u16) -> Self {
        Self {
            habits: vec![Habit::default()],
            stack: 0,
            expects_new: version > 1,
            is_announced: false,
            thread: 0,
            module: 0,
            callees: vec![0],
            is_new_frame: false,
            innermost: vec![0],
        }
    }

    pub(super) fn add_frame(&mut self) {
        self.callees.push(0);
        self.is_new_frame = true;
    }

    /// Takes a stack whose parent and frame were announced.
    pub(super) fn add_stack(&mut self, stack: Stack) {
        let caller = self.innermost[stack.parent as usize];
        self.callees[caller as usize] = stack.frame;
        self.is_new_frame = false;
        self.innermost.push(stack.frame + 1);
        self.habits.push(Habit::default());
        self.is_announced = self.expects_new;
    }

    /// How many frames were announced.
    pub(super) fn frames(&self) -> u32 {
        // No more are announced than 32 bits can number.
        (self.callees.len() - 1) as u32
    }

    /// The frame that a new stack with this parent will probably have: a frame is announced because
    /// a stack needs it, and callers call what they called before.
    pub(super) fn expected_frame(&self, parent: u32) -> u32 {
        if self.is_new_frame {
            self.frames() - 1
        } else {
            self.callees[self.innermost[parent as usize] as usize]
        }
    }

    /// How many stacks were announced, which is the number of the newest.
    pub(super) fn stacks(&self) -> u32 {
        // No more are announced than 32 bits can number.
        (self.habits.len() - 1) as u32
    }

    /// The stack that will probably be active next: a stack is announced because it is.
    pub(super) fn expected_stack(&self) -> u32 {
        if self.is_announced {
            self.stacks()
        } else {
            self.habits[self.stack as usize].next
        }
    }

    /// Goes on to the stack that is active, and returns its habit. `None` if there is no such stack.
    pub(super) fn enter(&mut self, stack: u32) -> Option<&mut Habit> {
        if stack as usize >= self.habits.len() {
            return None;
        }
        self.habits[self.stack as usize].next = stack;
        self.stack = stack;
        self.is_announced = false;
        self.habits.get_mut(stack as usize)
    }

    /// Remembers what happened at the active stack. Its successor stays as it is.
    pub(super) fn learn(&mut self, habit: Habit) {
        let old = &mut self.habits[self.stack as usize];
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
