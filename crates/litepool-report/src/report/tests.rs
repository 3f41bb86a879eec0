use std::io::Read;

use flate2::read::ZlibDecoder;
use serde_json::Value;

use super::*;
use crate::model::{Call, Source};

/// Bytes of Base64 text, as a browser's `atob` has them.
fn from_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let group = |group: &[u8]| {
        let bits = group
            .iter()
            .fold(0_u32, |bits, &digit| bits << 6 | u32::from(digit));
        let bits = bits << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

/// What the element of this id holds, as the page decodes it.
fn held(html: &str, id: &str) -> Vec<u8> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\"")).unwrap();
    let (attributes, rest) = rest.split_once('>').unwrap();
    assert!(attributes.contains("data-encoding=\"deflate\""));
    let (text, _) = rest.split_once("</script>").unwrap();
    let mut bytes = Vec::new();
    let compressed = from_base64(text);
    ZlibDecoder::new(&compressed[..])
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

#[test]
fn base64_is_that_of_the_specification() {
    // RFC 4648, section 10.
    let vectors = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (bytes, text) in vectors {
        assert_eq!(base64(bytes.as_bytes()), text);
        assert_eq!(from_base64(text), bytes.as_bytes());
    }
}

#[test]
fn the_page_gives_back_what_went_in_whatever_the_names() {
    let hostile = [
        "</script><script>alert(1)</script>",
        "<!--",
        "]]>",
        "a\0b\u{1b}[31m\u{2028}\u{202e}\u{fffd}\"'&",
        "网络 🦀",
        "{{script}}",
    ];
    let mut report = Report::default();
    let row = report.blob.row([1_u32, 2, 3]);
    let call = |name: &&str| Call {
        function: (*name).into(),
        ..Call::default()
    };
    report.page.sources.push(Source {
        name: hostile[0].into(),
        tasks: hostile.iter().map(|&name| name.into()).collect(),
        calls: hostile.iter().map(call).collect(),
        ..Source::default()
    });
    let html = String::from_utf8(report.html().unwrap()).unwrap();
    for name in &hostile[..3] {
        assert!(
            !html.contains(&format!("{name}\"")),
            "{name} is not data only"
        );
    }
    let document: Value = serde_json::from_slice(&held(&html, "document")).unwrap();
    let source = &document["sources"][0];
    for (index, name) in hostile.iter().enumerate() {
        // What would turn the text around a name, or end its line, is told as such.
        let name = name.replace(['\u{202e}', '\u{2028}'], "\u{fffd}");
        assert_eq!(source["tasks"][index], *name);
        assert_eq!(source["calls"][index]["function"], *name);
    }
    assert_eq!(held(&html, "blob"), report.blob.bytes());
    assert!(report.blob.numbers::<u32>(row).eq([1, 2, 3]));
}

#[test]
fn the_page_loads_nothing() {
    let html = String::from_utf8(Report::default().html().unwrap()).unwrap();
    assert!(html.contains("default-src 'none'"));
    for loading in [
        "src=\"http",
        "src='http",
        "href=\"http",
        "@import",
        "fetch(",
        "XMLHttp",
    ] {
        assert!(!html.contains(loading), "{loading}");
    }
    assert!(!html.contains("{{"), "a part is missing");
}
