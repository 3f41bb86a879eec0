use super::*;

fn settings(text: &str) -> Result<Settings> {
    let document = Document::new("litepool.toml".into(), text.into());
    Settings::read(&document, Path::new("ci"))
}

fn error(text: &str) -> String {
    format!("{:#}", settings(text).unwrap_err())
}

#[test]
fn everything_that_can_be_said_is_understood() {
    let settings = settings(
        r#"
        baseline = "base.toml"
        sources = ["/build/app", "/src"]

        [defaults]
        word = 32
        configuration = "best"
        limits.peak = "64K"
        limits.tasks.net = 100
        tolerance.smallest-pool = "2%"

        [[trace]]
        name = "station"
        file = "traces/station.lpt"
        format = "litepool"
        elf = "app.elf"
        word = 64
        max-size = "1M"
        base-modulo = 4
        pool = 0x10000

        [trace.limits]
        smallest-pool = 65_536
        fragmentation = "12.5%"
        never-freed = 0
        suspected-leaks = 0
        leaks = 0
        tasks = { net = 200, "the display" = 300 }
        sites = { "receive (net.c)" = "1K" }

        [trace.tolerance]
        peak = 16
        fragmentation = 1

        [[trace]]
        file = "traces/boot.lpt"
        "#,
    )
    .unwrap();
    assert_eq!(
        settings.baseline.as_deref(),
        Some(Path::new("ci/base.toml"))
    );
    assert_eq!(settings.sources, ["/build/app", "/src"]);
    let [station, boot] = &settings.traces[..] else {
        panic!("{settings:?}")
    };
    assert_eq!((&*station.name, station.line), ("station", 12));
    assert_eq!(station.file, Path::new("ci/traces/station.lpt"));
    let of = &station.of;
    assert!(matches!(of.word, Some(Word::Bits64)));
    assert_eq!(
        (of.configuration(), of.max_size, of.base_modulo),
        ("best", Some(1 << 20), Some(4))
    );
    assert_eq!(
        of.pool.map(|pool| (pool.most, pool.line)),
        Some((65_536, 20))
    );
    let limit = |figure| of.limits.get(&figure).map(|limit| limit.most);
    assert_eq!(limit(Figure::Peak), Some(65_536));
    assert_eq!(limit(Figure::Fragmentation), Some(1250));
    assert_eq!(limit(Figure::Leaks), Some(0));
    // Those of all traces, and its own, which win.
    assert_eq!(
        of.tasks
            .values()
            .map(|limit| limit.most)
            .collect::<Vec<_>>(),
        [200, 300]
    );
    assert_eq!(of.sites["receive (net.c)"].most, 1024);
    assert_eq!(of.tolerance.len(), 3);

    assert_eq!(boot.name, "boot");
    assert!(matches!(boot.of.word, Some(Word::Bits32)));
    assert_eq!(boot.of.tasks["net"].most, 100);
}

#[test]
fn what_means_nothing_is_told_with_its_line() {
    let trace = "[[trace]]\nfile = \"a.lpt\"\n";
    let cases = [
        ("", "litepool.toml:1: no trace is listed"),
        (
            "[[traces]]\n",
            "litepool.toml:1: `traces` is no key; did you mean `trace`?",
        ),
        (
            "trace = 1",
            "trace: an integer is not a list of tables: write [[trace]]",
        ),
        (
            "[[trace]]\nname = \"x\"",
            "litepool.toml:1: `file` is missing in [trace]",
        ),
        (
            &format!("{trace}pol = 1"),
            "litepool.toml:3: `pol` is no key of [trace]; did you mean `pool`?",
        ),
        (
            &format!("{trace}limits.peek = 1"),
            "litepool.toml:3: `peek` is no key of [trace.limits]",
        ),
        (
            &format!("{trace}pool = \"a lot\""),
            "litepool.toml:3: trace.pool: `a lot` is not a size",
        ),
        (
            &format!("{trace}pool = 1\nword = 16"),
            "litepool.toml:4: trace.word: a device has words of 32",
        ),
        (
            &format!("{trace}configuration = \"tslf\""),
            "no configuration is called `tslf`; did you mean `tlsf`?",
        ),
        (
            &format!("{trace}configuration = \"first\""),
            "there are: best, little, slab-",
        ),
        (
            &format!("{trace}limits.fragmentation = 9"),
            "litepool.toml:1: fragmentation (line 3) is that in the device's pool",
        ),
        (trace, "litepool.toml:1: nothing is to hold for this trace"),
        (
            &format!("{trace}pool = 1\n{trace}pool = 1"),
            "litepool.toml:4: there is a trace `a` above",
        ),
        (
            &format!("[defaults]\nfile = 1\n{trace}"),
            "litepool.toml:2: `file` is no key of [defaults]",
        ),
        (
            &format!("{trace}tolerance.peak = \"some\""),
            "litepool.toml:3: trace.tolerance.peak: `some` is not a size",
        ),
    ];
    for (text, wanted) in cases {
        let error = error(text);
        assert!(error.contains(wanted), "{text}\n{error}\n{wanted}");
    }
}

#[test]
fn traces_with_a_baseline_need_no_limits() {
    let text = "baseline = \"b.toml\"\n[[trace]]\nfile = \"a.lpt\"\n[[trace]]\nfile = \"b.lpt\"\n";
    assert_eq!(settings(text).unwrap().traces.len(), 2);
}

#[test]
fn the_settings_in_the_documentation_are_understood() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/budget.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let settings = settings(example).unwrap();
    assert_eq!(settings.traces.len(), 1);
    assert_eq!(settings.traces[0].of.limits.len(), Figure::ALL.len());
}
