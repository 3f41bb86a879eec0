//! The limits of configurations are those of their heaps.

use super::*;
use crate::memory::Placement;

#[test]
fn the_largest_pool_can_be_made_and_one_granule_more_cannot() {
    for configuration in REGISTRY {
        let control_block = |size| {
            let memory = Memory::new(size, Placement::like(0, 0));
            memory.map(|mut memory| configuration.control_block(&mut memory))
        };
        // A 32-bit host cannot have the largest of them.
        let Ok(control_block_of_largest) = control_block(configuration.largest()) else {
            assert!(cfg!(target_pointer_width = "32") && configuration.largest() > 1 << 30);
            continue;
        };
        assert!(control_block_of_largest.is_some(), "{configuration:?}");
        assert_eq!(
            control_block(configuration.largest() + configuration.granule).unwrap(),
            None,
            "{configuration:?}"
        );
    }
}
