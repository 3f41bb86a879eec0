use crate::samples::{text, trace};
use crate::{Bytes, Format, Options};

fn lines(bytes: Option<Bytes>) -> Vec<String> {
    let options = Options {
        bytes,
        ..Options::default()
    };
    let text = text(&trace(), Format::Folded, options);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_line_is_a_call_stack_from_the_task_to_the_function_that_allocates() {
    let at_peak = [
        "main;main;net:rx <script>;pbuf_alloc 160",
        "net  \"rx;main;station.elf+0x3ac 80",
    ];
    assert_eq!(lines(None), at_peak);
    assert_eq!(lines(Some(Bytes::Peak)), at_peak);
}

#[test]
fn the_bytes_may_be_those_at_the_end_or_all() {
    assert_eq!(
        lines(Some(Bytes::End)),
        ["net  \"rx;main;station.elf+0x3ac 40", "main;[unknown] 8"]
    );
    // Growth counts.
    assert_eq!(
        lines(Some(Bytes::Total)),
        [
            "main;main;net:rx <script>;pbuf_alloc 160",
            "net  \"rx;main;station.elf+0x3ac 80",
            "main;[unknown] 8"
        ]
    );
}

#[test]
fn a_name_of_any_length_is_a_frame_of_a_bounded_one() {
    let mut trace = trace();
    trace.interned.threads[0] = "ä".repeat(100_000);
    let text = text(&trace, Format::Folded, Options::default());
    assert!(text.starts_with(&("ä".repeat(512) + "…;main;")));
}
