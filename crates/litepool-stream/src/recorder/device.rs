//! What a device tells of itself.

use crate::Task;

/// What a device tells of itself and its events. Nothing has to be told; what is not costs nothing.
///
/// Until said otherwise a function is called by whoever uses the heap, with the heap's lock held, in
/// an interrupt handler, too: it must be short, use no pool, and not wait for anything.
///
/// ```
/// use litepool_stream::{Device, Task};
/// # fn current_task() -> Option<u32> { None }
/// # fn cycle_counter() -> u32 { 0 }
///
/// struct Board;
/// impl Device for Board {
///     const HAS_CLOCK: bool = true;
///     fn ticks() -> u32 {
///         cycle_counter()
///     }
///     fn ticks_per_second() -> u32 {
///         25_000_000
///     }
///     fn task() -> Task {
///         current_task().map_or(Task::None, Task::Number)
///     }
///     fn title() -> &'static [u8] {
///         b"station"
///     }
/// }
/// ```
pub trait Device: 'static {
    /// Do events have a time? A word of the ring each.
    const HAS_CLOCK: bool = false;

    /// The time: ticks that never go back, and begin again at 0 after 2^32. A reader of the stream is
    /// asked more often than that. Within the recorder's critical section, from the reader, too.
    #[inline(always)]
    fn ticks() -> u32 {
        0
    }

    /// How many of them a second has. Asked by the reader.
    fn ticks_per_second() -> u32 {
        0
    }

    /// For whom the heap is used. Numbers above 65,533 count as that. Within the recorder's critical
    /// section.
    #[inline(always)]
    fn task() -> Task {
        Task::None
    }

    /// Puts the return addresses of those who use the heap into `sites`, the innermost one first, and
    /// says how many there are. Only called if the recorder has room for some.
    #[inline(always)]
    fn callers(sites: &mut [usize]) -> usize {
        let _ = sites;
        0
    }

    /// What the device is called, 64 bytes of it. Asked by the reader.
    fn title() -> &'static [u8] {
        &[]
    }

    /// The build id of its firmware, 32 bytes of it: a desk compares it with the ELF file's. Asked by
    /// the reader.
    fn build_id() -> &'static [u8] {
        &[]
    }

    /// A number that the next start of the device will not have; 0 if there is none. Asked by the
    /// reader.
    fn boot() -> u32 {
        0
    }
}
