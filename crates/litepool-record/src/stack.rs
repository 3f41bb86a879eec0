//! Reading a thread's stack, which may be anything: a program's, a coroutine's, a signal handler's.
//!
//! A read outside of what is mapped would be the program's end, and no stack says how far it goes.
//! So memory is read directly only where it is certain to stay mapped, that is, on the stack that
//! the thread was made with: above the stack pointer, up to the thread's control block, which the C
//! library puts at the top; and of the first thread up to the end of the kernel's stack mapping.
//! Everything else is read by a system call, which fails where the processor would.

use core::sync::atomic::Ordering;

use crate::maps::{self, Mapping};
use crate::proc::Bytes;
use crate::thread::{self, Local};
use crate::{sandbox, system};

/// Bytes of a word.
pub(crate) const WORD: usize = size_of::<usize>();

/// Memory that is read word by word.
pub(crate) trait Memory {
    /// The aligned word at this address. `None` if it can't be read.
    fn word(&mut self, at: usize) -> Option<usize>;
}

/// The part of the calling thread's own stack that lies above its stack pointer.
pub(crate) struct Own {
    low: usize,
    high: usize,
}

impl Memory for Own {
    #[inline]
    fn word(&mut self, at: usize) -> Option<usize> {
        if !at.is_multiple_of(WORD) || at < self.low || at > self.high.wrapping_sub(WORD) {
            return None;
        }
        // SAFETY: the stack pointer was on the thread's own stack, whose memory is mapped and
        // readable from there up to its end as long as the thread runs. Volatile, since the word
        // may be anybody's.
        Some(unsafe { core::ptr::with_exposed_provenance::<usize>(at).read_volatile() })
    }
}

impl Own {
    /// The stack above this stack pointer of the calling thread. `None` if that isn't the thread's
    /// own stack, or isn't known to be.
    #[inline]
    pub(crate) fn above(sp: usize) -> Option<Self> {
        let local = thread::local();
        let [low, high] = bounds(local);
        if (low..high).contains(&sp) {
            return Some(Self { low: sp, high });
        }
        find(local, sp)
    }
}

/// What is known of the thread's own stack.
#[inline]
fn bounds(local: &Local) -> [usize; 2] {
    let [low, high] = &local.stack;
    [low, high].map(|bound| bound.load(Ordering::Relaxed))
}

/// How far the first thread's stack grows at a time without being looked up again. Nothing else can
/// be so near: the kernel keeps a larger gap.
const GROWTH: usize = 65_536;

/// Looks up the thread's own stack.
#[cold]
fn find(local: &Local, sp: usize) -> Option<Own> {
    let [low, high] = bounds(local);
    // Only the first thread's grows; what is below another's is somebody else's.
    let grows = high != thread::control_block();
    let found = if grows && sp < low && low - sp < GROWTH {
        (sp, high)
    } else {
        // A thread that mostly runs elsewhere asks ever more seldom.
        let strays = local.strays.load(Ordering::Relaxed).wrapping_add(1);
        local.strays.store(strays, Ordering::Relaxed);
        if !strays.is_power_of_two() || sandbox::entered() {
            return None;
        }
        look_up(sp)?
    };
    // What was known holds until the end is written, and that is the same or the first.
    let [place_of_low, place_of_high] = &local.stack;
    place_of_low.store(found.0, Ordering::Relaxed);
    place_of_high.store(found.1, Ordering::Relaxed);
    Some(Own {
        low: sp,
        high: found.1,
    })
}

/// The bounds of the thread's own stack if the stack pointer is on it.
fn look_up(sp: usize) -> Option<(usize, usize)> {
    let mut bytes = Bytes::open(c"/proc/self/maps").ok()?;
    let control_block = thread::control_block();
    while let Some(mapping) = Mapping::parse(&mut bytes) {
        let (first, end) = (mapping.first as usize, mapping.end as usize);
        if !(first..end).contains(&sp) {
            bytes.by_ref().find(|&byte| byte == b'\n');
        } else if (sp..end).contains(&control_block) {
            return Some((first, control_block));
        } else {
            return maps::name(&mut bytes)
                .eq(*b"[stack]")
                .then_some((first, end));
        }
    }
    None
}

/// Any memory of the process, read by system calls through a small window.
pub(crate) struct Foreign {
    window: [u8; 512],
    /// The address that the window shows.
    at: usize,
    /// How many bytes of it were read.
    filled: usize,
}

impl Foreign {
    /// `None` where no system call may be made.
    pub(crate) fn new() -> Option<Self> {
        (!sandbox::entered()).then_some(Self {
            window: [0; 512],
            at: 0,
            filled: 0,
        })
    }

    /// Reads these bytes, as many as are asked for, at any address.
    pub(crate) fn bytes<const N: usize>(&mut self, at: usize) -> Option<[u8; N]> {
        if at < self.at || at.wrapping_add(N) > self.at.wrapping_add(self.filled) {
            (self.at, self.filled) = (at, system::read_memory(at, &mut self.window));
        }
        let from = at.checked_sub(self.at)?;
        let bytes = self.window[..].get(from..from.checked_add(N)?)?;
        if from.checked_add(N)? > self.filled {
            return None;
        }
        bytes.try_into().ok()
    }
}

impl Memory for Foreign {
    fn word(&mut self, at: usize) -> Option<usize> {
        if !at.is_multiple_of(WORD) {
            return None;
        }
        self.bytes(at).map(usize::from_ne_bytes)
    }
}
