use super::*;

fn here(path: &str, anchor: Option<&str>, is_absolute: bool) -> Target {
    Target::Here {
        path: PathBuf::from(path),
        anchor: anchor.map(str::to_string),
        is_absolute,
    }
}

fn from_a_port(destination: &str) -> Target {
    target(Path::new("crates/litepool-c/ports/README.md"), destination)
}

#[test]
fn a_relative_link_begins_at_its_page() {
    assert_eq!(
        from_a_port("host/README.md"),
        here("crates/litepool-c/ports/host/README.md", None, false)
    );
    assert_eq!(
        from_a_port("../../../docs/dump.md#in-c"),
        here("docs/dump.md", Some("in-c"), false)
    );
}

#[test]
fn an_anchor_alone_is_on_the_same_page() {
    assert_eq!(
        from_a_port("#a"),
        here("crates/litepool-c/ports/README.md", Some("a"), false)
    );
}

#[test]
fn an_address_of_the_repository_is_looked_up_in_it() {
    let address = format!("{URL}/blob/main/docs/dump.md#in-c");
    assert_eq!(
        from_a_port(&address),
        here("docs/dump.md", Some("in-c"), true)
    );
}

#[test]
fn other_addresses_are_not_looked_up() {
    assert_eq!(from_a_port("https://example.org/a.md"), Target::Elsewhere);
    assert_eq!(from_a_port(URL), Target::Elsewhere);
}

#[test]
fn nothing_leads_out_of_the_repository() {
    assert_eq!(from_a_port("../../../../other/README.md"), Target::Outside);
}
