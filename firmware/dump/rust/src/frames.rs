//! Who called the heap: the chain of frames that `-Cforce-frame-pointers` makes.

use core::arch::asm;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::tasks;

/// The frame of the heap's function that was called last.
static FRAME: AtomicUsize = AtomicUsize::new(0);

/// Notes the frame of the function that it becomes a part of.
#[inline(always)]
pub fn note_frame() {
    let frame: usize;
    // SAFETY: reads a register. With `force-frame-pointers` it is that of the frame.
    unsafe { asm!("mov {}, r7", out(reg) frame, options(nomem, nostack)) };
    FRAME.store(frame, Ordering::Relaxed);
}

/// Puts the return addresses of who called the heap, and who called that, into `sites`, and says how
/// many there are: by the chain of frames, each of which begins with the frame pointer of its caller and
/// the return address.
pub fn callers(sites: &mut [usize]) -> usize {
    let mut frame = FRAME.load(Ordering::Relaxed);
    let stack = tasks::current_stack();
    let mut count = 0;
    for site in sites {
        if frame % 4 != 0 || !stack.contains(&frame) || !stack.contains(&(frame + 7)) {
            break;
        }
        let words = core::ptr::with_exposed_provenance::<usize>(frame);
        // SAFETY: two aligned words of the stack of the task that runs.
        let (next, after) = unsafe { (words.read(), words.add(1).read()) };
        // A caller's frame is further up; the first function of a task has none.
        if next <= frame {
            break;
        }
        *site = after;
        count += 1;
        frame = next;
    }
    count
}
