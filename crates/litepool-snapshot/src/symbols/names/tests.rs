//! Names.

use super::{LONGEST, readable};

#[test]
fn what_is_not_mangled_stays() {
    for name in [
        "main",
        "net_rx",
        "_start",
        "_Reset",
        "_Zone",
        "__Zone",
        "operator new",
    ] {
        assert_eq!(readable(name.as_bytes()), name);
    }
}

#[test]
fn mangled_names_are_read() {
    for (mangled, name) in [
        ("_Znwm", "operator new(unsigned long)"),
        ("__GI___strdup", "__strdup"),
        ("_ZN3net5Cache4fillEi", "net::Cache::fill(int)"),
        (
            "_ZN4demo3net7receive17h0123456789abcdefE",
            "demo::net::receive",
        ),
        ("_RNvNtCs1234_4demo3net7receive", "demo::net::receive"),
        (
            "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
            "<alloc::string::String as core::fmt::Debug>::fmt",
        ),
    ] {
        assert_eq!(readable(mangled.as_bytes()), name);
    }
}

#[test]
fn of_a_template_that_cannot_be_read_the_name_is() {
    let name = "_ZSt11make_sharedI5EntryJEESt10shared_ptrINSt9enable_ifIXntsrSt8is_arrayIT_E5valueES3_E4typeEDpOT0_";
    assert_eq!(readable(name.as_bytes()), "std::make_shared");
    for name in [
        "_ZSt99x",
        "_Z",
        "_ZSt",
        "_Z99999999999999999999x",
        "_ZN3net5CacheI@",
    ] {
        assert_eq!(readable(name.as_bytes()), name);
    }
}

#[test]
fn what_is_no_text_is_made_one() {
    assert_eq!(readable(b"a\xffb"), "a\u{fffd}b");
}

/// Each part of the name says the one before it twice.
#[test]
fn a_name_that_explodes_stays_as_it_is() {
    let mut name = "_Z1fI1aE".to_owned();
    name += "St4pairIiiE";
    for part in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
        name += &format!("St4pairIS{part}_S{part}_E");
    }
    assert!(readable(name.as_bytes()).len() <= LONGEST);
}

#[test]
fn a_long_name_is_cut_off_between_characters() {
    for shift in 0..4 {
        let name = "x".repeat(shift) + &"ä".repeat(LONGEST);
        let short = readable(name.as_bytes());
        assert!(short.len() <= LONGEST && short.ends_with('…'));
    }
}
