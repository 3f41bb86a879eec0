use std::path::Path;

use super::*;

#[test]
fn a_format_is_known_by_its_name_and_no_other() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    let error = "flame".parse::<Format>().unwrap_err();
    let known = "unknown format \"flame\"; known formats: heaptrack, dhat, massif";
    assert!(error.to_string().starts_with(known), "{error}");
}

#[test]
fn the_name_of_a_file_tells_its_format_where_its_tools_have_a_habit() {
    let format = |name: &str| Format::of_path(Path::new(name));
    for name in [
        "heaptrack.station.123.gz",
        "x/out.heaptrack",
        "OUT.HEAPTRACK.GZ",
    ] {
        assert_eq!(format(name), Some(Format::Heaptrack), "{name}");
    }
    for (name, expected) in [
        ("station.pb.gz", Format::Pprof),
        ("heap.pprof", Format::Pprof),
        ("out.folded", Format::Folded),
        ("station.speedscope.json", Format::Speedscope),
        ("station.trace.json.gz", Format::Counters),
        ("station.perfetto.json", Format::Counters),
        ("dhat-heap.json", Format::Dhat),
        // A program may be called as a tool is.
        ("massif.pb.gz", Format::Pprof),
        ("heaptrack.folded", Format::Folded),
        ("dhat.trace.json", Format::Counters),
    ] {
        assert_eq!(format(name), Some(expected), "{name}");
    }
    for name in [
        "-",
        "out.gz",
        "heaptrack/out",
        "myheaptrack",
        "out.json",
        "",
    ] {
        assert_eq!(format(name), None, "{name}");
    }
}
