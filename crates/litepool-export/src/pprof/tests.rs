use std::io::Read;

use flate2::read::GzDecoder;
use litepool_trace::{Profile, Trace};

use super::field::{function, label, line, location, mapping, profile, sample, value_type};
use crate::samples::{exported, random, trace};
use crate::{Bytes, Format, Options};

/// A field of a message.
#[derive(Clone, PartialEq, Debug)]
enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

/// The fields of a message, in its order.
struct Fields(Vec<(u32, Value)>);

impl Fields {
    fn of(mut bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let tag = varint(&mut bytes);
            let value = varint(&mut bytes);
            let value = match tag & 7 {
                0 => Value::Number(value),
                2 => {
                    let (head, tail) = bytes.split_at(value as usize);
                    bytes = tail;
                    Value::Bytes(head.to_vec())
                }
                kind => panic!("wire type {kind}"),
            };
            fields.push(((tag >> 3) as u32, value));
        }
        Self(fields)
    }

    fn all(&self, field: u32) -> impl Iterator<Item = &Value> {
        let of_field = self.0.iter().filter(move |(number, _)| *number == field);
        of_field.map(|(_, value)| value)
    }

    fn messages(&self, field: u32) -> Vec<Self> {
        let bytes = self.all(field).map(|value| match value {
            Value::Bytes(bytes) => Self::of(bytes),
            Value::Number(_) => panic!("field {field} is a number"),
        });
        bytes.collect()
    }

    fn number(&self, field: u32) -> u64 {
        match self.all(field).next() {
            Some(&Value::Number(number)) => number,
            None => 0,
            other => panic!("{other:?}"),
        }
    }

    fn numbers(&self, field: u32) -> Vec<u64> {
        let Some(Value::Bytes(bytes)) = self.all(field).next() else {
            return Vec::new();
        };
        let mut bytes = &bytes[..];
        let mut numbers = Vec::new();
        while !bytes.is_empty() {
            numbers.push(varint(&mut bytes));
        }
        numbers
    }
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = bytes.split_first().unwrap();
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// A profile, and its texts.
struct Decoded {
    profile: Fields,
    texts: Vec<String>,
}

impl Decoded {
    fn of(trace: &Trace, options: Options) -> Self {
        let mut bytes = Vec::new();
        let packed = exported(trace, Format::Pprof, options);
        GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
        let profile = Fields::of(&bytes);
        let text = |value: &Value| match value {
            Value::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
            Value::Number(_) => panic!("a text is a number"),
        };
        let texts = profile.all(profile::STRING).map(text).collect();
        Self { profile, texts }
    }

    fn text(&self, fields: &Fields, field: u32) -> &str {
        &self.texts[fields.number(field) as usize]
    }

    /// The functions of a location, as `name file:line`.
    fn location(&self, number: u64) -> Vec<String> {
        let locations = self.profile.messages(profile::LOCATION);
        let is = |fields: &&Fields| fields.number(location::ID) == number;
        let location = locations.iter().find(is).unwrap();
        let functions = self.profile.messages(profile::FUNCTION);
        let lines = location.messages(location::LINE);
        let named = |at: Fields| {
            let is = |fields: &&Fields| fields.number(function::ID) == at.number(line::FUNCTION);
            let function = functions.iter().find(is).unwrap();
            let (name, file) = (
                self.text(function, function::NAME),
                self.text(function, function::FILE),
            );
            format!("{name} {file}:{}", at.number(line::LINE))
        };
        lines.into_iter().map(named).collect()
    }

    /// The stack of each sample, with its values and labels.
    fn samples(&self) -> Vec<(Vec<String>, Vec<u64>, Vec<String>)> {
        let samples = self.profile.messages(profile::SAMPLE).into_iter();
        samples
            .map(|fields| {
                let locations = fields.numbers(sample::LOCATION).into_iter();
                let labels = fields.messages(sample::LABEL);
                let label = |fields: &Fields| {
                    let key = self.text(fields, label::KEY);
                    format!("{key}={}", self.text(fields, label::TEXT))
                };
                (
                    locations.flat_map(|number| self.location(number)).collect(),
                    fields.numbers(sample::VALUE),
                    labels.iter().map(label).collect(),
                )
            })
            .collect()
    }
}

#[test]
fn samples_have_call_stacks_with_inlined_functions_values_and_labels() {
    let read = Decoded::of(&trace(), Options::default());
    let kinds = read.profile.messages(profile::SAMPLE_TYPE);
    let kinds: Vec<_> = kinds
        .iter()
        .map(|kind| read.text(kind, value_type::TYPE).to_owned())
        .collect();
    assert_eq!(
        kinds,
        [
            "alloc_objects",
            "alloc_space",
            "inuse_objects",
            "inuse_space",
            "peak_objects",
            "peak_space",
        ]
    );
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|&text| text.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        read.samples(),
        [
            (
                texts(&[
                    "pbuf_alloc pbuf.c:7",
                    "net;rx <script> net.c:42",
                    "main main.c:12"
                ]),
                vec![1, 160, 0, 0, 1, 160],
                texts(&["task=main", "pool=default"]),
            ),
            (
                texts(&["station.elf+0x3ac :0", "main main.c:12"]),
                vec![2, 80, 1, 40, 2, 80],
                texts(&["task=net  \"rx", "pool=dma"]),
            ),
            (
                texts(&["[unknown] :0"]),
                vec![1, 8, 1, 8, 0, 0],
                texts(&["task=main", "pool=default"]),
            ),
        ]
    );
    assert_eq!(read.texts[0], "");
}

#[test]
fn the_head_tells_the_duration_the_program_and_what_to_show_first() {
    let read = Decoded::of(&trace(), Options::default());
    let profile = &read.profile;
    assert_eq!(profile.number(profile::DURATION_NANOS), 6_000_000);
    assert_eq!(read.text(profile, profile::COMMENT), "station --fast ");
    let first = |read: &Decoded| {
        let first = read.text(&read.profile, profile::DEFAULT_SAMPLE_TYPE);
        first.to_owned()
    };
    assert_eq!(first(&read), "inuse_space");
    let total = Decoded::of(
        &trace(),
        Options {
            bytes: Some(Bytes::Total),
            ..Options::default()
        },
    );
    assert_eq!(first(&total), "alloc_space");
}

#[test]
fn a_module_is_a_mapping_with_all_that_can_be_known() {
    let read = Decoded::of(&trace(), Options::default());
    let mappings = read.profile.messages(profile::MAPPING);
    assert_eq!(mappings.len(), 1);
    assert_eq!(read.text(&mappings[0], mapping::FILE), "station.elf");
    assert_eq!(mappings[0].number(mapping::LIMIT), 0x3ad);
    for known in mapping::KNOWN {
        assert_eq!(mappings[0].number(known), 1);
    }
}

#[test]
fn a_task_can_be_at_the_root() {
    let read = Decoded::of(
        &trace(),
        Options {
            task_root: true,
            ..Options::default()
        },
    );
    let stacks = read.samples();
    let roots: Vec<_> = stacks
        .iter()
        .filter_map(|(stack, ..)| stack.last())
        .collect();
    assert_eq!(roots, ["main :0", "net  \"rx :0", "main :0"]);
}

#[test]
fn samples_have_the_bytes_of_all_of_the_end_and_of_the_peak() {
    let trace = random(1);
    let samples = Decoded::of(&trace, Options::default()).samples();
    let sum = |value: usize| -> u64 { samples.iter().map(|(_, values, _)| values[value]).sum() };
    let profile = Profile::of(&trace);
    let wanted = [
        profile.total_bytes,
        profile.leaked_bytes,
        profile.peak_bytes,
    ];
    assert_eq!([1, 3, 5].map(sum), wanted);
}
