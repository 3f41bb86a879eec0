//! `litepool dump`: memory of devices that these tests make, with pools in it.

use std::ptr::NonNull;

use litepool::fit::Tlsf;
use litepool::track::{CallSites, Owners};
use litepool::{Caller, Config, Heap, Regions, State};
use predicates::str::contains;

use crate::traces::Room;
use crate::{json, litepool, text};

/// The configuration of the tests' device.
struct Device;

impl Config for Device {
    type Fit = Tlsf;
    type Record = (Owners<8, 0>, CallSites<2>);
    const MAX_SIZE: usize = 256 << 10;
    const GRANULE: usize = 4;
    const REGIONS: usize = 2;
}

/// Memory of a device, of which a part is a pool.
pub(crate) struct Ram(Vec<u32>);

impl Ram {
    fn new(bytes: usize) -> Self {
        Self(vec![0xC0DE_0003; bytes / 4])
    }

    fn base(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.0[..]).cast()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

const POOL: usize = 4096;

/// 16 KiB with a pool of 4 KiB at 1024, in which two tasks have blocks; and where the blocks of
/// task 3 are, by their offsets in the memory.
pub(crate) fn ram() -> (Ram, Vec<usize>) {
    let mut ram = Ram::new(16_384);
    // SAFETY: in the memory, which outlives the heap.
    let mut heap = unsafe { Heap::<Device>::from_raw(ram.base().add(1024), POOL) }.unwrap();
    for number in 0..6_u32 {
        let caller = Caller::task(3).at([0x0800_0101 + number % 2 * 16, 0x0800_0201, 0, 0]);
        let block = heap.allocate_for(&caller, 40, 1).unwrap();
        // SAFETY: the block has so many bytes.
        unsafe { block.write_bytes(b'n', 40) };
        let caller = Caller::task(4).at([0x0800_0301, 0, 0, 0]);
        let block = heap.allocate_for(&caller, 100, 1).unwrap();
        if number == 5 {
            // SAFETY: a live block.
            unsafe { heap.free(block) }.unwrap();
        }
    }
    heap.allocate(9000).unwrap_err();
    let of_task_3 = heap.blocks().filter(|info| {
        let task = info.owner.map(|owner| owner.task);
        task == Some(litepool::track::Task::Id(3))
    });
    let offsets = of_task_3.map(|info| 1024 + info.offset).collect();
    assert_eq!(
        heap.blocks()
            .filter(|info| info.state == State::Used)
            .count(),
        11
    );
    (ram, offsets)
}

/// The pool remembers the size of what it refused; anything else can be asked for.
#[test]
fn what_is_in_the_way_of_a_request_is_told() {
    let room = Room::new();
    let mut ram = Ram::new(8192);
    // SAFETY: in the memory, which outlives the heap.
    let mut heap = unsafe { Heap::<Device>::from_raw(ram.base(), POOL) }.unwrap();
    let log = Caller::task(3).at([0x0800_0101, 0, 0, 0]);
    let mut buffers = Vec::new();
    while let Ok(buffer) = heap.allocate_for(&Caller::task(4), 400, 1) {
        buffers.push(buffer);
        heap.allocate_for(&log, 20, 1).unwrap();
    }
    for buffer in buffers {
        // SAFETY: a live block, and nothing refers to it.
        unsafe { heap.free(buffer) }.unwrap();
    }
    heap.allocate(1000).unwrap_err();
    let file = room.file("ram.bin", ram.bytes());
    let file = format!("{file}@0x20000000");

    let (report, _) = json(&["dump", &file]);
    let pins = &report["heaps"][0]["pins"];
    assert_eq!(
        (&pins["room"], &pins["request"]),
        (&"pinned".into(), &1000.into())
    );
    assert_eq!(pins["windows"][0]["blocks"], 2);
    assert_eq!(pins["without_task"][0]["name"], "task 3");
    let without = &pins["without_function"][0];
    assert_eq!(
        (&without["name"], &without["serves"]),
        (&"0x8000101".into(), &true.into())
    );

    let text = text(&["dump", &file]);
    assert!(
        text.contains("The largest request that was refused: 1,000 bytes"),
        "{text}"
    );
    assert!(text.contains("blocks of 0x8000101"), "{text}");
    let (report, _) = json(&["dump", &file, "--request", "100"]);
    assert_eq!(report["heaps"][0]["pins"]["room"], "there");
    let (report, _) = json(&["dump", &file, "--request", "1M"]);
    assert_eq!(report["heaps"][0]["pins"]["room"], "too small");
}

#[test]
fn a_sound_pool_is_told() {
    let room = Room::new();
    let (ram, _) = ram();
    let file = room.file("ram.bin", ram.bytes());
    let dump = format!("{file}@0x20000000");
    let text = text(&["dump", &dump, "--tasks", "3=net,4=log"]);
    assert!(
        text.contains("16,384 bytes at 0x20000000, 1 pool"),
        "{text}"
    );
    assert!(
        text.contains("Pool at 0x20000400, 4,096 bytes: sound"),
        "{text}"
    );
    assert!(
        text.contains("tlsf, granule 4, up to 256 KiB, 16-bit links"),
        "{text}"
    );
    assert!(
        text.contains("refused    1 request for want of room, the largest of 9,000"),
        "{text}"
    );
    assert!(
        text.lines().any(|line| line.starts_with("  log ")),
        "{text}"
    );
    assert!(
        text.lines()
            .any(|line| line.starts_with("  0x20000400  ccc")),
        "{text}"
    );
    assert!(text.contains("0x8000301"), "{text}");

    let (report, code) = json(&["dump", &dump]);
    assert_eq!(code, 0);
    let heap = &report["heaps"][0];
    assert_eq!(heap["verdict"], "sound");
    assert_eq!(heap["figures"]["used_blocks"], 11);
    assert_eq!(heap["figures"]["largest_refused"], 9000);
    assert_eq!(heap["tasks"][0]["number"], 4);
    assert_eq!(heap["tasks"][0]["blocks"], 5);
    assert_eq!(heap["tasks"][1]["name"], "task 3");
    let blocks = heap["regions"][0]["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 12);
    assert_eq!(blocks[0]["stack"].as_array().unwrap().len(), 2);
    assert_eq!(blocks[0]["site"], blocks[0]["stack"][0]);
    assert_eq!(heap["call_sites"][0]["site"]["module"], "");
}

#[test]
fn an_overrun_is_told_with_its_suspect_and_the_bytes_around_it() {
    let room = Room::new();
    let (ram, offsets) = ram();
    let mut bytes = ram.bytes();
    // 8 bytes too many: over the record, and over the next block's header.
    let overrun = offsets[3]..offsets[3] + 40 + 16 + 8;
    bytes[overrun].fill(b'N');
    let address = 0x2000_0000 + offsets[3];
    bytes[16..20].copy_from_slice(&(address as u32).to_le_bytes());
    let file = room.file("ramdump_0x20000000.bin", bytes);
    let output = litepool()
        .args(["dump", &file, "--tasks", "3=net"])
        .assert();
    let output = output.code(1).get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        text.contains("Pool at 0x20000400, 4,096 bytes: corrupt"),
        "{text}"
    );
    assert!(
        text.contains(&format!("suspect: {address:#x}, 40 bytes")),
        "{text}"
    );
    let path = format!("the word at 0x20000010 → {address:#x}");
    assert!(
        text.contains(&format!("what leads to it: {path}")),
        "{text}"
    );
    assert!(text.contains("NNNNNNNN"), "{text}");
    assert!(text.contains("[4e 4e 4e 4e]"), "{text}");

    let (report, code) = json(&["dump", &file]);
    assert_eq!(code, 1);
    let heap = &report["heaps"][0];
    assert_eq!(heap["verdict"], "corrupt");
    assert_eq!(heap["defects"].as_array().unwrap().len(), 2);
    let suspect = &heap["defects"][0]["suspect"];
    assert_eq!(suspect["address"], format!("{address:#x}"));
    assert_eq!(heap["defects"][0]["path"], path);
    assert_eq!(heap["defects"][0]["left_over"], true);
    // Behind the damage all is told.
    let blocks = heap["regions"][0]["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 12);

    // Of the pool alone it can't be told what leads to the suspect: that is said.
    let pool = std::fs::read(&file).unwrap();
    let pool = room.file("pool.bin", &pool[1024..1024 + POOL]);
    let (report, code) = json(&["dump", &format!("{pool}@0x20000400")]);
    assert_eq!(code, 1);
    let defect = &report["heaps"][0]["defects"][0];
    assert_eq!(defect["suspect"]["address"], format!("{address:#x}"));
    assert!(defect["path"].is_null());
    let notes = report["notes"].to_string();
    assert!(notes.contains("Dump all of the RAM"), "{notes}");
}

#[test]
fn a_dump_without_a_pool_says_what_may_be_missing() {
    let room = Room::new();
    let file = room.file("ram.bin", vec![7; 4096]);
    litepool()
        .args(["dump", &format!("{file}@0x20000000")])
        .assert()
        .code(2)
        .stderr(contains("no pool in 4,096 bytes"))
        .stderr(contains("its memory has to be in the dump"));
    litepool()
        .args(["dump", &room.file("nothing.bin", "")])
        .assert()
        .code(2);
}

#[test]
fn a_dump_that_ends_too_early_says_how_much_is_missing() {
    let room = Room::new();
    let (ram, _) = ram();
    let file = room.file("ram.bin", &ram.bytes()[..1024 + 2048]);
    let text = text(&["dump", &format!("{file}@0x20000000")]);
    assert!(text.contains("cut off"), "{text}");
    assert!(
        text.contains("the dump ends 2,048 bytes before the pool does, 2,048 bytes"),
        "{text}"
    );
}

#[test]
fn regions_in_several_files_are_one_heap() {
    let room = Room::new();
    let (mut on_chip, mut external) = (Ram::new(2048), Ram::new(4096));
    // SAFETY: the memory outlives the heap.
    let mut heap = unsafe { Regions::<Device, 1>::from_raw(on_chip.base(), 2048) }.unwrap();
    // SAFETY: likewise.
    unsafe { heap.add_region_raw(external.base(), 4096) }.unwrap();
    heap.allocate(3000).unwrap();
    let files = [
        format!("{}@0xC0000000", room.file("external.bin", external.bytes())),
        format!("{}@0x20000000", room.file("on-chip.bin", on_chip.bytes())),
    ];
    let text = text(&["dump", &files[0], &files[1]]);
    assert!(
        text.contains("2 regions joined, 6,144 bytes: sound"),
        "{text}"
    );
    assert!(text.contains("Region 1, 4,096 bytes"), "{text}");

    let (report, _) = json(&["dump", &files[1]]);
    assert_eq!(report["heaps"][0]["missing_regions"][0], 1);
}

/// A heap that is not litepool's, as its device printed it.
#[test]
fn a_printed_table_is_told_as_far_as_it_goes() {
    let room = Room::new();
    let log = "node        size        LR[0]       LR[1]\n\
               0x10017320: 0x528 0x9b004eba 0x9b0049cc\n\
               0x10017850: 0x28 0x9b004eba 0x9b0049cc\n";
    let text = text(&["dump", &room.file("console.log", log)]);
    assert!(
        text.contains("a table of used blocks, from line 1 on"),
        "{text}"
    );
    assert!(
        text.contains("used       1,360 bytes in 2 blocks\n"),
        "{text}"
    );
    assert!(text.contains("0x9b004eba"), "{text}");
    assert!(
        !text.contains("free") && !text.contains("refused"),
        "{text}"
    );
}

#[test]
fn many_first_words_without_a_pool_are_summed_up() {
    let room = Room::new();
    let words = [b"Lp\x02\x10\x81\x04\0\0\0\x04\0\0", &[0; 500][..]].concat();
    let file = room.file("ram.bin", words.repeat(20));
    let error = litepool()
        .args(["dump", &format!("{file}@0x20000000")])
        .assert();
    let error = error.code(2).get_output().stderr.clone();
    let error = String::from_utf8(error).unwrap();
    assert_eq!(error.matches("stand the first words").count(), 3, "{error}");
    assert!(error.contains("and so at more places"), "{error}");
}
