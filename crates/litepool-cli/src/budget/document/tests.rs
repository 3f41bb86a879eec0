use super::*;

fn document(text: &str) -> Document {
    Document::new("litepool.toml".into(), text.into())
}

fn said<T>(result: Result<T>) -> String {
    result
        .err()
        .map_or(String::new(), |error| error.to_string())
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_one_that_was_meant() {
    let document = document("[limits]\nwidth = 1\npeek = 2\n");
    let mut keys = document.keys().unwrap();
    let mut limits = keys.take("limits").unwrap().table().unwrap();
    assert!(limits.take("width").is_some());
    assert!(limits.take("peak").is_none());
    assert_eq!(
        said(limits.finish()),
        "litepool.toml:3: `peek` is no key of [limits]; did you mean `peak`?"
    );
    assert!(keys.finish().is_ok());
}

#[test]
fn a_key_that_is_like_none_is_told_which_there_are() {
    let document = document("colour = 1");
    let mut keys = document.keys().unwrap();
    assert!(keys.take("peak").is_none());
    assert!(keys.take("pool").is_none());
    assert_eq!(
        said(keys.finish()),
        "litepool.toml:1: `colour` is no key; there are: peak, pool"
    );
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    for text in [
        "a = 1\nb = \n",
        "a = 1\na = 2\n",
        "a = 1\n[a]\n",
        "a = \"\n",
        "x = 1\n<<<<<<< HEAD\n",
        &"[".repeat(100_000),
    ] {
        let error = said(document(text).keys());
        assert!(error.starts_with("litepool.toml:"), "{text:.20}: {error}");
        assert!(error.contains("this is not TOML"), "{text:.20}: {error}");
    }
}

#[test]
fn values_say_what_they_are_not() {
    let document = document("a = 1\nb = \"x\"\nc = -1\nd = [\"x\", 1]\ne = \"\"");
    let take = |key| document.keys().unwrap().take(key).unwrap();
    assert_eq!(
        said(take("a").text()),
        "litepool.toml:1: a: an integer is not a text in quotes"
    );
    assert_eq!(
        said(take("b").number()),
        "litepool.toml:2: b: `x` is not a whole number"
    );
    assert_eq!(
        said(take("b").table()),
        "litepool.toml:2: b: `x` is not a table"
    );
    assert!(take("c").number().is_err());
    assert!(take("d").texts().is_err());
    assert!(take("d").tables().is_err());
    assert!(take("e").text().is_err());
    assert_eq!(take("b").texts().unwrap(), ["x"]);
}

#[test]
fn numbers_of_any_base_and_texts_are_parsed() {
    let document = document(
        "a = 65_536\nb = 0x10000\nc = \"64K\"\nd = 12.5\ne = true\nf = 99999999999999999999",
    );
    let take = |key| document.keys().unwrap().take(key).unwrap();
    let parsed = |key| take(key).parsed("a size", crate::units::parse_size);
    for key in ["a", "b", "c"] {
        assert_eq!(parsed(key).unwrap(), 65_536);
    }
    let percent = take("d").parsed("a percentage", crate::units::parse_percent);
    assert_eq!(percent.unwrap(), 12.5);
    assert_eq!(
        said(parsed("e")),
        "litepool.toml:5: e: a boolean is not a size"
    );
    assert!(parsed("f").is_err());
}

#[test]
fn what_is_missing_is_told_with_an_example() {
    let document = document("\n[[trace]]\nname = \"x\"");
    let mut traces = document
        .keys()
        .unwrap()
        .take("trace")
        .unwrap()
        .tables()
        .unwrap();
    let error = said(traces[0].need("file", "\"boot.lpt\""));
    assert_eq!(
        error,
        "litepool.toml:2: `file` is missing in [trace]: file = \"boot.lpt\""
    );
}
