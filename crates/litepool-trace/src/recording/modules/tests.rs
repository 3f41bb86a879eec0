use super::*;
use crate::op::{Header, WordSize};

fn writer() -> Writer<Vec<u8>> {
    let header = Header {
        word: WordSize::Bits64,
        program: String::new(),
    };
    Writer::new(Vec::new(), &header).unwrap()
}

#[test]
fn a_new_mapping_ends_all_that_it_overlaps_and_nothing_else() {
    let mut modules = Modules::default();
    let mut writer = writer();
    modules.map(0x1000, 0x1000, 0, b"a");
    modules.map(0x2000, 0x1000, 0, b"b");
    modules.map(0x3000, 0x1000, 0, b"c");
    let mut site = |modules: &mut Modules, address| modules.site(address, &mut writer).unwrap();
    let [a, b, c] = [0x1800, 0x2800, 0x3800].map(|address| site(&mut modules, address));
    assert_eq!([a, b, c], [1, 2, 3]);
    assert_eq!(site(&mut modules, 0x4800), 0);

    modules.map(0x2800, 0x1000, 0, b"d");
    assert_eq!(site(&mut modules, 0x1800), a);
    assert_eq!(site(&mut modules, 0x2100), 0, "the rest of b is gone");
    assert_eq!(site(&mut modules, 0x2800), 4);
    assert_eq!(site(&mut modules, 0x37ff), 5);
    assert_eq!(site(&mut modules, 0x3800), 0, "the rest of c is gone");

    modules.map(0x4800, 0x10, 0, b"e");
    assert_eq!(site(&mut modules, 0x4800), 6, "it was nobody's");
}

#[test]
fn a_mapping_of_nothing_and_one_up_to_the_last_address_are_harmless() {
    let mut modules = Modules::default();
    let mut writer = writer();
    modules.map(0x1000, 0x1000, 0, b"a");
    modules.map(0x1000, 0, 0, b"b");
    assert_eq!(modules.site(0x1000, &mut writer).unwrap(), 1);
    modules.map(u64::MAX - 9, u64::MAX, 0, b"c");
    assert_eq!(modules.site(u64::MAX - 1, &mut writer).unwrap(), 2);
    modules.map(0, u64::MAX, 0, b"d");
    assert_eq!(modules.site(u64::MAX - 1, &mut writer).unwrap(), 3);
}
