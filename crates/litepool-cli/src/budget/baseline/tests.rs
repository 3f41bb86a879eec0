use super::*;

fn read(text: &str) -> Result<Baseline> {
    let document = Document::new("baseline.toml".into(), text.into());
    Baseline::read(&document, false)
}

fn entry() -> Entry {
    let named = |names: &[(&str, u64)]| {
        let names = names
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), *bytes));
        names.collect::<BTreeMap<_, _>>()
    };
    Entry {
        conditions: Conditions {
            word: 32,
            configuration: "tlsf".into(),
            max_size: None,
            base_modulo: Some(8),
            pool: Some(98_304),
        },
        figures: BTreeMap::from([
            (Figure::Peak, 71_375),
            (Figure::SmallestPool, 77_072),
            (Figure::Fragmentation, 5_204),
            (Figure::Leaks, 0),
        ]),
        tasks: named(&[("main", 71_375), ("", 1)]),
        at_peak: named(&[("receive (net.c)", 65_655), ("? (lua5.4)", 5_720)]),
        never_freed: named(&[]),
    }
}

#[test]
fn the_text_is_sorted_and_has_a_line_for_each_figure() {
    let traces = BTreeMap::from([("station".to_owned(), entry())]);
    assert_eq!(
        Baseline { traces }.text("litepool.toml"),
        "# What the traces of litepool.toml took when this was written:\n\
         # litepool budget litepool.toml --update. Sizes in bytes.\n\
         version = 1\n\
         \n\
         [trace.station]\n\
         word = 32\n\
         configuration = \"tlsf\"\n\
         base-modulo = 8\n\
         pool = 98304\n\
         peak = 71375\n\
         smallest-pool = 77072\n\
         fragmentation = \"52.04%\"\n\
         leaks = 0\n\
         \n\
         [trace.station.tasks]\n\
         \"\" = 1\n\
         main = 71375\n\
         \n\
         [trace.station.sites-at-peak]\n\
         \"? (lua5.4)\" = 5720\n\
         \"receive (net.c)\" = 65655\n"
    );
}

#[test]
fn what_is_written_is_read_again_whatever_the_names() {
    let names = [
        "a.b",
        "\"quoted\"",
        "back\\slash",
        "line\nend\u{7f}\u{0}\t",
        "漢字",
        "]]>",
        "=",
    ];
    let mut entry = entry();
    entry.at_peak.extend(names.map(|name| (name.to_owned(), 7)));
    entry
        .never_freed
        .extend(names.map(|name| (name.to_owned(), u64::from(u32::MAX))));
    let traces = names.map(|name| (name.to_owned(), entry.clone()));
    let baseline = Baseline {
        traces: traces.into(),
    };
    let text = baseline.text("x");
    assert_eq!(read(&text).unwrap(), baseline);
    assert_eq!(read(&text).unwrap().text("x"), text);
}

#[test]
fn what_is_no_baseline_is_told_with_its_line() {
    let head = "version = 1\n[trace.a]\nword = 32\nconfiguration = \"tlsf\"\n";
    assert!(read(head).is_ok());
    let cases = [
        ("", "`version` is missing"),
        (
            "version = 2",
            "baseline.toml:1: version: this litepool reads version 1",
        ),
        ("version = \"1\"", "`1` is not a whole number"),
        (
            "version = 1\ntraces = 1",
            "baseline.toml:2: `traces` is no key",
        ),
        (
            "version = 1\n[trace.a]",
            "baseline.toml:2: `word` is missing",
        ),
        (
            &format!("{head}peek = 1"),
            "baseline.toml:5: `peek` is no key of [trace.a]; did you mean `peak`?",
        ),
        (&format!("{head}peak = -1"), "baseline.toml:5: trace.a.peak"),
        (
            &format!("{head}tasks.main = \"x\""),
            "baseline.toml:5: trace.a.tasks.main: `x` is not a whole number",
        ),
        ("version = 1\n<<<<<<< HEAD\n", "this is not TOML"),
    ];
    for (text, wanted) in cases {
        let error = format!("{:#}", read(text).unwrap_err());
        assert!(error.contains(wanted), "{text}\n{error}\n{wanted}");
    }
}

#[test]
fn only_a_baseline_is_replaced_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("baseline.toml");
    assert_eq!(Baseline::open(&path).unwrap(), None);
    assert_eq!(
        Baseline::open_to_replace(&path).unwrap(),
        Baseline::default()
    );
    // Of another version whatever it has.
    std::fs::write(&path, "version = 7\nanything = 1\n").unwrap();
    assert_eq!(
        Baseline::open_to_replace(&path).unwrap(),
        Baseline::default()
    );
    for other in [
        "int main;\n",
        "[package]\nname = \"x\"\n",
        "version = \"1.0\"\n",
    ] {
        std::fs::write(&path, other).unwrap();
        let error = Baseline::open_to_replace(&path).unwrap_err().to_string();
        assert!(error.contains("is no baseline"), "{error}");
    }
}
