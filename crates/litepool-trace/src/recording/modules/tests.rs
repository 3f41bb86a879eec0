use super::*;
use crate::op::{Header, WordSize};

/// Modules, and the trace that is told of them.
struct Scene {
    modules: Modules<'static>,
    writer: Writer<Vec<u8>>,
}

impl Scene {
    fn new() -> Self {
        let header = Header {
            word: WordSize::Bits64,
            program: String::new(),
        };
        Self {
            // A closure without contents takes no memory.
            modules: Modules::new(Box::leak(Box::new(|_: &Module, _| Vec::new()))),
            writer: Writer::new(Vec::new(), &header).unwrap(),
        }
    }

    fn map(&mut self, first: u64, bytes: u64, path: &[u8]) {
        self.modules.map(first, bytes, 0, path, Vec::new());
    }

    /// The frame whose instruction lies here, if it lies in a known module.
    fn frame(&mut self, instruction: u64) -> Option<u32> {
        let address = instruction + 1;
        let is_known = self.modules.is_known(address);
        let frame = self.modules.frame(address, &mut self.writer).unwrap();
        is_known.then_some(frame)
    }
}

#[test]
fn a_new_mapping_ends_all_that_it_overlaps_and_nothing_else() {
    let mut scene = Scene::new();
    scene.map(0x1000, 0x1000, b"a");
    scene.map(0x2000, 0x1000, b"b");
    scene.map(0x3000, 0x1000, b"c");
    let before = [0x1fff, 0x2800, 0x3800].map(|address| scene.frame(address));
    assert_eq!(before, [Some(0), Some(1), Some(2)]);
    assert_eq!(scene.frame(0x4800), None);

    scene.map(0x2800, 0x1000, b"d");
    assert_eq!(scene.frame(0x1fff), Some(0));
    assert_eq!(scene.frame(0x2100), None, "the rest of b is gone");
    let [first, last] = [0x2800, 0x37ff].map(|address| scene.frame(address).unwrap());
    assert!(first > 2 && last > 2, "they are in d");
    assert_eq!(scene.frame(0x3800), None, "the rest of c is gone");

    scene.map(0x4800, 0x10, b"e");
    assert!(scene.frame(0x4800).is_some(), "it was nobody's");
}

#[test]
fn a_mapping_of_nothing_and_one_up_to_the_last_address_are_harmless() {
    let mut scene = Scene::new();
    scene.map(0x1000, 0x1000, b"a");
    scene.map(0x1000, 0, b"b");
    assert_eq!(scene.frame(0x1000), Some(0));
    scene.map(u64::MAX - 9, u64::MAX, b"c");
    assert_eq!(scene.frame(u64::MAX - 2), Some(1));
    scene.map(0, u64::MAX, b"d");
    assert_eq!(scene.frame(u64::MAX - 2), Some(2));
}

#[test]
fn another_build_at_the_same_place_is_another_module() {
    let mut scene = Scene::new();
    for build in [1, 2] {
        scene.modules.map(0x1000, 0x1000, 0x1000, b"a", vec![build]);
        assert!(scene.frame(0x1800).is_some());
    }
    assert_eq!(scene.frame(0x1800), Some(1));
}
