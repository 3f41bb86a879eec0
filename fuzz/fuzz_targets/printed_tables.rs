//! Arbitrary bytes as a log in which a device printed its used blocks: none, or a table in which everything that a block
//! mentions is there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use litepool_snapshot::Snapshot;
use litepool_snapshot::memory_image::DumpBytes;

fuzz_target!(|data: &[u8]| {
    for address in [None, Some(1), Some(2)] {
        let log = DumpBytes {
            name: "log".to_owned(),
            address,
            bytes: data.to_vec(),
        };
        let Ok(Some(snapshot)) = Snapshot::of_printed(&log) else {
            continue;
        };
        // A line of a table has at least an address and a site or two sizes.
        assert!(snapshot.blocks.len() <= data.len() / 8);
        for block in &snapshot.blocks {
            assert!(block.pool < snapshot.pools.len() && block.address.is_some());
            assert!(block.stack as usize <= snapshot.interned.stacks.len());
            let frames = snapshot.interned.frames_of(block.stack).count();
            assert_eq!(frames == 0, block.stack == 0);
        }
        assert!(snapshot.interned.frames.len() <= data.len() / 3);
    }
});
