//! Which program or library a call site belongs to. A call site is an address, which means something else in the next run;
//! so the log says where code was mapped, before the first operation that comes from there.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::layout::Kind;
use crate::proc::Bytes;
use crate::system;
use crate::text::Text;
use crate::{sandbox, thread};

/// Most ranges of code that are remembered. A program with more keeps them all looked up, but learns of no later ones.
const RANGES: usize = 1_024;

/// The ranges of code that the log tells of: first address and end. Zeroes from some place on.
static RANGE: [(AtomicU64, AtomicU64); RANGES] =
    [const { (AtomicU64::new(0), AtomicU64::new(0)) }; RANGES];

/// Pages with known call sites, each at the place that its number gives. Nearly every question ends here.
static PAGE: [AtomicU64; 1_024] = [const { AtomicU64::new(0) }; 1_024];

/// The thread that is describing the modules, lest a signal handler on it do so in between. 0: none.
static BUSY: AtomicU32 = AtomicU32::new(0);

/// Makes the log tell of the module that this call site lies in, if it doesn't yet. 0 is no call site.
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

/// Forgets everything: a forked process has another log, which tells nothing yet.
pub(crate) fn forget() {
    PAGE.iter()
        .for_each(|page| page.store(0, Ordering::Relaxed));
    for (first, end) in &RANGE {
        first.store(0, Ordering::Relaxed);
        end.store(0, Ordering::Relaxed);
    }
    BUSY.store(0, Ordering::Relaxed);
}

/// Looks for the range, and describes all modules if it isn't there.
#[cold]
fn learn(site: u64) {
    for (first, end) in &RANGE {
        let (first, end) = (first.load(Ordering::Acquire), end.load(Ordering::Relaxed));
        if first <= site && site < end {
            return;
        }
        if first == 0 {
            let me = thread::current();
            if BUSY.load(Ordering::Relaxed) != me && !sandbox::entered() {
                BUSY.store(me, Ordering::Relaxed);
                describe();
                BUSY.store(0, Ordering::Relaxed);
            }
            return;
        }
    }
}

/// Adds a range that the log tells of by now.
fn remember(from: u64, to: u64) {
    for (first, end) in &RANGE {
        if first.load(Ordering::Relaxed) == from && end.load(Ordering::Relaxed) == to {
            return;
        }
        // The end first: a range that others see is whole. Where two threads meet, one range is lost and asked for again.
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
    // The file that the line before belongs to, and the address that is its offset 0.
    let (mut file, mut base) = (0, 0);
    while let Some(mapping) = Mapping::parse(&mut bytes) {
        if mapping.file != file || mapping.file == 0 || mapping.offset == 0 {
            file = mapping.file;
            base = mapping.first.wrapping_sub(mapping.offset);
            if mapping.readable
                && mapping.offset == 0
                && (mapping.first..mapping.end).contains(&program)
                && fixed(base)
            {
                base = 0;
            }
        }
        if mapping.executable {
            let mut text = Text::begin(
                Kind::Module,
                [
                    mapping.first,
                    mapping.end - mapping.first,
                    base,
                    sandbox::now(),
                ],
            );
            for byte in bytes
                .by_ref()
                .skip_while(|&byte| byte == b' ')
                .take_while(|&byte| byte != b'\n')
            {
                text.push(byte);
            }
            text.finish();
            remember(mapping.first, mapping.end);
        } else {
            bytes.by_ref().find(|&byte| byte == b'\n');
        }
    }
}

/// Whether the program at this address is not position independent: then its addresses are what its own tables say.
fn fixed(program: u64) -> bool {
    const EXECUTABLE: u16 = 2;
    let header = core::ptr::with_exposed_provenance::<u8>(program as usize);
    // SAFETY: the kernel says that the program's header is mapped here, readable; nobody unmaps the running program. Byte 16
    // of an ELF header is its type.
    unsafe { header.add(16).cast::<u16>().read_unaligned() == EXECUTABLE }
}

/// The fixed part of a line of `/proc/self/maps`.
struct Mapping {
    first: u64,
    end: u64,
    readable: bool,
    executable: bool,
    /// Offset of `first` in the file.
    offset: u64,
    /// A number for the file; 0 if there is none.
    file: u64,
}

impl Mapping {
    /// Reads `first-end rwxp offset major:minor inode`, up to the blank or line end after it.
    fn parse(bytes: &mut Bytes) -> Option<Self> {
        let first = hexadecimal(bytes)?;
        let end = hexadecimal(bytes)?;
        let (readable, _, executable, _) = (
            bytes.next()? == b'r',
            bytes.next()?,
            bytes.next()? == b'x',
            bytes.next()?,
        );
        bytes.next()?;
        let offset = hexadecimal(bytes)?;
        let (major, minor) = (hexadecimal(bytes)?, hexadecimal(bytes)?);
        // Decimal, but any reading of it tells files apart.
        let inode = hexadecimal(bytes)?;
        let file = if inode == 0 {
            0
        } else {
            inode ^ major.rotate_left(40) ^ minor.rotate_left(52)
        };
        Some(Self {
            first,
            end,
            readable,
            executable,
            offset,
            file,
        })
    }
}

/// Reads a hexadecimal number and the byte after it.
fn hexadecimal(bytes: &mut Bytes) -> Option<u64> {
    let mut value: u64 = 0;
    loop {
        match char::from(bytes.next()?).to_digit(16) {
            Some(digit) => value = value << 4 | u64::from(digit),
            None => return Some(value),
        }
    }
}
