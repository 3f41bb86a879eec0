use serde_json::Value;

use crate::samples::{text, trace};
use crate::{Format, Options};

fn exported(options: Options) -> Value {
    serde_json::from_str(&text(&trace(), Format::Dhat, options)).unwrap()
}

/// The frames of a point, as texts.
fn frames(of: &Value, point: usize) -> Vec<&str> {
    let frames = of["pps"][point]["fs"].as_array().unwrap().iter();
    let frames = frames.map(|frame| &of["ftbl"][frame.as_u64().unwrap() as usize]);
    frames.map(|frame| frame.as_str().unwrap()).collect()
}

#[test]
fn a_call_stack_that_allocates_is_a_point_with_its_totals() {
    let file = exported(Options::default());
    assert_eq!(file["dhatFileVersion"], 2);
    assert_eq!(file["bkacc"], false);
    assert_eq!([&file["te"], &file["tg"]], [6_000, 3_000]);
    assert_eq!(file["ftbl"][0], "[root]");
    assert_eq!(file["pps"].as_array().unwrap().len(), 3);
    assert_eq!(
        frames(&file, 0),
        [
            "0x200: pbuf_alloc (pbuf.c:7)",
            "0x200: net;rx <script> (net.c:42)",
            "0x100: main (main.c:12)"
        ]
    );
    let point = |point: usize, keys: &str| -> Vec<u64> {
        let numbers = keys.split(' ').map(|key| file["pps"][point][key].as_u64());
        numbers.map(Option::unwrap).collect()
    };
    const KEYS: &str = "tb tbk tl mb mbk gb gbk eb ebk";
    // It grew from 100 to 160 bytes, and lived for 3.5 ms.
    assert_eq!(point(0, KEYS), [160, 1, 3_500, 160, 1, 160, 1, 0, 0]);
    // The second one is live up to the end.
    assert_eq!(frames(&file, 1)[0], "0x3ac: ??? (in station.elf)");
    assert_eq!(point(1, KEYS), [80, 2, 7_000, 80, 2, 80, 2, 40, 1]);
    assert_eq!(frames(&file, 2), ["0x0: ??? (the call stack is not known)"]);
}

#[test]
fn stacks_that_read_alike_are_one_point() {
    let mut trace = trace();
    // The same name and address in another module.
    let frame = trace.interned.frames[0].clone();
    let module = trace.interned.modules[0].clone();
    trace.interned.modules.push(module);
    trace.interned.frames[2] = litepool_trace::Frame { module: 1, ..frame };
    trace.interned.stacks[1].frame = 0;
    let file: Value =
        serde_json::from_str(&text(&trace, Format::Dhat, Options::default())).unwrap();
    let stacks: Vec<Vec<&str>> = (0..2).map(|point| frames(&file, point)).collect();
    assert_eq!(file["pps"].as_array().unwrap().len(), 2);
    assert_ne!(stacks[0], stacks[1]);
}

#[test]
fn a_task_is_the_outermost_frame_where_that_is_asked_for() {
    let file = exported(Options {
        task_root: true,
        ..Options::default()
    });
    assert_eq!(frames(&file, 0)[3], "0x0: main (task)");
    assert_eq!(frames(&file, 1)[2], "0x0: net  \"rx (task)");
}

#[test]
fn of_a_stack_that_is_too_long_the_innermost_frames_are_told() {
    let mut trace = trace();
    let location = trace.interned.frames[0].locations[0].clone();
    trace.interned.frames[0].locations = vec![location; 400];
    let file: Value =
        serde_json::from_str(&text(&trace, Format::Dhat, Options::default())).unwrap();
    let frames = frames(&file, 0);
    assert_eq!(frames.len(), 257);
    assert_eq!(frames[1], "0x200: net;rx <script> (net.c:42)");
    assert_eq!(frames[256], "0x0: ??? (more callers)");
}
