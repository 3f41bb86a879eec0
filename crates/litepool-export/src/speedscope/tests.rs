use serde_json::{Value, json};

use crate::samples::{text, trace};
use crate::{Bytes, Format, Options};

fn file(options: Options) -> Value {
    serde_json::from_str(&text(&trace(), Format::Speedscope, options)).unwrap()
}

/// The call stacks of a profile by the names of their frames, with their bytes.
fn stacks(file: &Value, profile: usize) -> Vec<(String, u64)> {
    let profile = &file["profiles"][profile];
    let name = |frame: &Value| {
        let index = frame.as_u64().unwrap() as usize;
        file["shared"]["frames"][index]["name"].as_str().unwrap()
    };
    let samples = profile["samples"].as_array().unwrap().iter();
    let weights = profile["weights"].as_array().unwrap().iter();
    let stacks = samples.map(|sample| {
        let names: Vec<_> = sample.as_array().unwrap().iter().map(name).collect();
        names.join("/")
    });
    stacks
        .zip(weights.map(|weight| weight.as_u64().unwrap()))
        .collect()
}

#[test]
fn there_is_a_profile_for_the_peak_the_end_and_all() {
    let file = file(Options::default());
    let profiles = file["profiles"].as_array().unwrap();
    let heads: Vec<_> = profiles
        .iter()
        .map(|profile| (&profile["name"], &profile["unit"], &profile["endValue"]))
        .collect();
    assert_eq!(
        heads,
        [
            (&json!("live at the peak"), &json!("bytes"), &json!(240)),
            (&json!("live at the end"), &json!("bytes"), &json!(48)),
            (&json!("allocated in all"), &json!("bytes"), &json!(248)),
        ]
    );
    assert_eq!(file["activeProfileIndex"], 0);
    assert_eq!(file["name"], "station --fast ");
}

#[test]
fn samples_are_call_stacks_the_outermost_frame_first() {
    let file = file(Options::default());
    let named = |name: &str, bytes| (name.to_owned(), bytes);
    assert_eq!(
        stacks(&file, 0),
        [
            named("main/net;rx <script>/pbuf_alloc", 160),
            named("main/station.elf+0x3ac", 80),
        ]
    );
    assert_eq!(
        stacks(&file, 1),
        [named("main/station.elf+0x3ac", 40), named("[unknown]", 8)]
    );
    let frames = file["shared"]["frames"].as_array().unwrap();
    assert!(frames.contains(&json!({"name": "net;rx <script>", "file": "net.c"})));
    assert!(frames.contains(&json!({"name": "station.elf+0x3ac", "file": "station.elf"})));
}

#[test]
fn tasks_can_be_at_the_root_and_another_profile_the_first() {
    let file = file(Options {
        task_root: true,
        bytes: Some(Bytes::Total),
    });
    assert_eq!(
        stacks(&file, 0)[0].0,
        "main/main/net;rx <script>/pbuf_alloc"
    );
    assert_eq!(stacks(&file, 0)[1].0, "net  \"rx/main/station.elf+0x3ac");
    assert_eq!(file["activeProfileIndex"], 2);
}

#[test]
fn a_profile_without_bytes_is_left_out() {
    let mut trace = trace();
    for id in 2..4 {
        let mut event = *trace.events.last().unwrap();
        event.kind = litepool_trace::Op::Free { id }.into();
        trace.events.push(event);
    }
    let file: Value =
        serde_json::from_str(&text(&trace, Format::Speedscope, Options::default())).unwrap();
    let names: Vec<_> = file["profiles"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[1]["name"], "allocated in all");
}
