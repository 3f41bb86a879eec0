//! From an address to what the unwind tables say of it: which program or library it lies in, and
//! the entry of its function there.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::reader::Reader;

/// What glibc knows of the object that an address lies in (`struct dl_find_object`).
#[repr(C)]
struct Found {
    flags: u64,
    first: usize,
    end: usize,
    link_map: usize,
    /// The segment `PT_GNU_EH_FRAME`: the index of the unwind table.
    index: usize,
    /// On some architectures there is more; later versions may add to it.
    more: [u64; 16],
}

type FindObject = unsafe extern "C" fn(address: *const c_void, found: *mut Found) -> c_int;

// The address of glibc's function, which takes no lock, allocates nothing and may be called in a
// signal handler; zero before glibc 2.35.
#[cfg(target_pointer_width = "64")]
core::arch::global_asm!(
    ".pushsection .data.rel.ro.litepool_record_find_object, \"aw\", %progbits",
    ".p2align 3",
    ".weak _dl_find_object",
    ".hidden litepool_record_find_object",
    ".globl litepool_record_find_object",
    ".type litepool_record_find_object, %object",
    ".size litepool_record_find_object, 8",
    "litepool_record_find_object:",
    ".quad _dl_find_object",
    ".popsection",
);
#[cfg(target_pointer_width = "32")]
core::arch::global_asm!(
    ".pushsection .data.rel.ro.litepool_record_find_object, \"aw\", %progbits",
    ".p2align 2",
    ".weak _dl_find_object",
    ".hidden litepool_record_find_object",
    ".globl litepool_record_find_object",
    ".type litepool_record_find_object, %object",
    ".size litepool_record_find_object, 4",
    "litepool_record_find_object:",
    ".long _dl_find_object",
    ".popsection",
);

unsafe extern "C" {
    #[link_name = "litepool_record_find_object"]
    static FIND_OBJECT: Option<FindObject>;
}

/// The entry of a function in an unwind table.
pub(crate) struct Entry {
    /// From the entry on, up to the end of its object.
    pub(crate) reader: Reader,
    /// The first address of the object.
    pub(crate) object: usize,
}

/// What glibc knows of the loaded object that an address lies in, if it lies in one.
fn object(address: usize) -> Option<Found> {
    let mut found = MaybeUninit::<Found>::zeroed();
    // SAFETY: the library's own word, which the loader has set.
    let find = unsafe { FIND_OBJECT }?;
    let address = core::ptr::without_provenance(address);
    // SAFETY: glibc's function of this name has this type, and any address may be asked for. The
    // result has space for more than it writes. All zeroes are a valid one.
    unsafe { (find(address, found.as_mut_ptr()) == 0).then(|| found.assume_init()) }
}

/// Whether a loaded object lies there. `true` also where that can't be told.
pub(crate) fn is_loaded(address: usize) -> bool {
    object(address).is_some() || object(own as fn() -> usize as usize).is_none()
}

/// Bytes of code, if they are a loaded object's. The caller knows that code is mapped there.
pub(crate) fn code<const N: usize>(at: usize) -> Option<[u8; N]> {
    let object = object(at)?;
    // SAFETY: a loaded object's code is mapped and readable, and it stays loaded: see `closing`.
    unsafe { Reader::new(at, object.end) }.bytes()
}

/// The first address of the recorder itself; `usize::MAX` if it can't be told.
pub(crate) fn own() -> usize {
    static OWN: AtomicUsize = AtomicUsize::new(0);
    if OWN.load(Ordering::Relaxed) == 0 {
        let own = object(own as fn() -> usize as usize).map_or(usize::MAX, |object| object.first);
        OWN.store(own, Ordering::Relaxed);
    }
    OWN.load(Ordering::Relaxed)
}

/// The entry for the function that may hold this instruction. `None` if it lies in no loaded
/// object, or in one without a table.
pub(crate) fn find(instruction: usize) -> Option<Entry> {
    let found = object(instruction)?;
    if !(found.first..found.end).contains(&found.index) {
        return None;
    }
    // SAFETY: a loaded object is mapped from its first to its last address, and what its tables
    // refer to is readable, or no exception could be thrown through it. It stays loaded: see
    // `closing`.
    let (index, mut reader) = unsafe {
        (
            Reader::new(found.index, found.end),
            Reader::new(found.first, found.end),
        )
    };
    let entry = search(index, found.index, instruction)?;
    reader.take(entry.checked_sub(found.first)?)?;
    Some(Entry {
        reader,
        object: found.first,
    })
}

/// Searches the index (`.eh_frame_hdr`): a sorted table, as every linker writes it.
fn search(mut reader: Reader, index: usize, instruction: usize) -> Option<usize> {
    const VERSION: u8 = 1;
    // Four signed bytes, relative to the index.
    const SORTED: u8 = 0x3B;
    let [version, pointer, count, table] = [reader.u8()?, reader.u8()?, reader.u8()?, reader.u8()?];
    if version != VERSION || table != SORTED {
        return None;
    }
    reader.value(pointer)?;
    let count = reader.value(count)?;
    let offset = i32::try_from(instruction.wrapping_sub(index).cast_signed()).ok()?;
    let entry = |at: usize| {
        let mut reader = reader;
        reader.take(at.checked_mul(8)?)?;
        Some((reader.i32()?, reader.i32()?))
    };
    // The last one that begins at or before the instruction lies in `low..high`.
    let (mut low, mut high) = (0, count);
    while high.wrapping_sub(low) > 1 {
        let middle = low.midpoint(high);
        if entry(middle)?.0 <= offset {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (first, found) = entry(low)?;
    (low < high && first <= offset).then(|| index.wrapping_add_signed(found as isize))
}
