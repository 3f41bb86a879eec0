//! Which program or library a call site belongs to. A call site is an address, which means
//! something else in the next run; so the log says where code was mapped, before the first
//! operation that comes from there.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::layout::Kind;
use crate::maps::{self, Mapping};
use crate::proc::Bytes;
use crate::text::Text;
use crate::{build_id, sandbox, system, thread};

/// Most ranges of code that are remembered. A program with more keeps them all looked up, but
/// learns of no later ones.
const RANGES: usize = 1_024;

/// The ranges of code that the log tells of: first address and end. Zeroes from some place on.
static RANGE: [(AtomicU64, AtomicU64); RANGES] =
    [const { (AtomicU64::new(0), AtomicU64::new(0)) }; RANGES];

/// Pages with known call sites, each at the place that its number gives. Nearly every question ends
/// here.
static PAGE: [AtomicU64; 1_024] = [const { AtomicU64::new(0) }; 1_024];

/// How often code was looked for that the log doesn't tell of, and nothing was certain to be there.
static SEARCHES: AtomicU32 = AtomicU32::new(0);

/// Makes the log tell of the module that this call site lies in, if it doesn't yet. 0 is no call
/// site.
#[inline]
pub(crate) fn know(site: u64) {
    let page = site >> 12;
    if let Some(known) = PAGE.get(page as usize % PAGE.len())
        && known.load(Ordering::Relaxed) != page
    {
        learn(site);
        known.store(page, Ordering::Relaxed);
    }
}

/// Forgets everything: a forked process has another log, which tells nothing yet; and what was
/// unloaded is there no more.
pub(crate) fn forget() {
    PAGE.iter()
        .for_each(|page| page.store(0, Ordering::Relaxed));
    for (first, end) in &RANGE {
        first.store(0, Ordering::Relaxed);
        end.store(0, Ordering::Relaxed);
    }
}

/// Whether code is mapped at this address, as far as can be told.
pub(crate) fn is_code(address: u64) -> bool {
    if is_told(address) {
        return true;
    }
    // What is no code may be asked for again and again: ever more seldom all modules are looked at.
    let searches = SEARCHES.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    if searches.is_power_of_two() {
        describe_alone();
    }
    is_told(address)
}

/// Whether the log tells of the module of this address.
fn is_told(address: u64) -> bool {
    for (first, end) in &RANGE {
        let (first, end) = (first.load(Ordering::Acquire), end.load(Ordering::Relaxed));
        if first == 0 {
            return false;
        }
        if first <= address && address < end {
            return true;
        }
    }
    false
}

/// Looks for the range, and describes all modules if it isn't there.
#[cold]
fn learn(site: u64) {
    if !is_told(site) {
        describe_alone();
    }
}

/// Describes all modules, but not while this thread does so already: a signal handler may have
/// come in between.
fn describe_alone() {
    let telling = &thread::local().telling;
    if telling.load(Ordering::Relaxed) == 0 && !sandbox::entered() {
        telling.store(1, Ordering::Relaxed);
        describe();
        telling.store(0, Ordering::Relaxed);
    }
}

/// Adds a range that the log tells of by now.
fn remember(from: u64, to: u64) {
    for (first, end) in &RANGE {
        if first.load(Ordering::Relaxed) == from && end.load(Ordering::Relaxed) == to {
            return;
        }
        // The end first: a range that others see is whole. Where two threads meet, one range is
        // lost and asked for again.
        if first.load(Ordering::Relaxed) == 0 {
            end.store(to, Ordering::Relaxed);
            return first.store(from, Ordering::Release);
        }
    }
}

/// Writes every executable mapping of the process into the log.
fn describe() {
    let Ok(mut bytes) = Bytes::open(c"/proc/self/maps") else {
        return;
    };
    let program = system::program_header();
    // The file that the line before belongs to, the address that is its offset 0, and the same
    // where the file's headers are mapped; else 0.
    let (mut file, mut base, mut headers) = (0, 0, 0);
    while let Some(mapping) = Mapping::parse(&mut bytes) {
        if mapping.file != file || mapping.file == 0 || mapping.offset == 0 {
            file = mapping.file;
            base = mapping.first.wrapping_sub(mapping.offset);
            headers = if mapping.readable && mapping.offset == 0 {
                base
            } else {
                0
            };
            if headers != 0 && (mapping.first..mapping.end).contains(&program) && fixed(base) {
                base = 0;
            }
        }
        if mapping.executable {
            build_id::tell(headers as usize);
            let words = [
                mapping.first,
                mapping.end - mapping.first,
                base,
                sandbox::now(),
            ];
            let mut text = Text::begin(Kind::Module, words);
            maps::name(&mut bytes).for_each(|byte| text.push(byte));
            text.finish();
            // Code that can't be read is told of, but nobody is to look at it.
            if mapping.readable {
                remember(mapping.first, mapping.end);
            }
        } else {
            bytes.by_ref().find(|&byte| byte == b'\n');
        }
    }
}

/// Whether the program at this address is not position independent: then its addresses are what its
/// own tables say.
fn fixed(program: u64) -> bool {
    const EXECUTABLE: u16 = 2;
    let header = core::ptr::with_exposed_provenance::<u8>(program as usize);
    // SAFETY: the kernel says that the program's header is mapped here, readable; nobody unmaps the
    // running program. Byte 16 of an ELF header is its type.
    unsafe { header.add(16).cast::<u16>().read_unaligned() == EXECUTABLE }
}
