use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::budget::holders::AllHeld;
use crate::budget::measure::Conditions;
use crate::budget::settings::Common;

/// A trace of 100 bytes at the peak and a smallest pool of 150, which leaks 10.
fn measured() -> Measured {
    let site = |function: &str, at_peak, at_end| Site {
        held: Held {
            most: at_peak,
            at_peak,
            at_end,
        },
        function: function.into(),
        place: Some(SourceLine {
            file: "src/net.c".into(),
            line: 7,
        }),
    };
    let task = Held {
        most: 100,
        ..Held::default()
    };
    Measured {
        conditions: Conditions {
            word: 32,
            configuration: "tlsf".into(),
            max_size: None,
            base_modulo: None,
            pool: None,
        },
        operations: 1000,
        figures: BTreeMap::from([
            (Figure::Peak, 100),
            (Figure::SmallestPool, 150),
            (Figure::NeverFreed, 10),
            (Figure::SuspectedLeaks, 0),
            (Figure::Leaks, 10),
        ]),
        misfit: None,
        held: AllHeld {
            tasks: BTreeMap::from([("net".into(), task)]),
            sites: BTreeMap::from([
                ("receive (net.c)".into(), site("receive", 70, 10)),
                ("receive (other.c)".into(), site("receive", 25, 0)),
                ("send (net.c)".into(), site("send", 5, 0)),
            ]),
        },
        notes: Vec::new(),
    }
}

fn trace(of: Common) -> TraceSettings {
    TraceSettings {
        name: "station".into(),
        line: 1,
        file: PathBuf::from("station.lpt"),
        of,
    }
}

fn limit(most: u64) -> Limit {
    Limit { most, line: 9 }
}

fn limits(limits: &[(Figure, u64)]) -> TraceSettings {
    let limits = limits.iter().map(|&(figure, most)| (figure, limit(most)));
    trace(Common {
        limits: limits.collect(),
        ..Common::default()
    })
}

fn baseline(of: &Measured) -> Baseline {
    Baseline {
        traces: BTreeMap::from([("station".into(), Entry::new(of))]),
    }
}

fn verdict(checked: &Checked, of: &Of) -> Verdict {
    let mut checks = checked.checks.iter();
    checks.find(|check| check.of == *of).unwrap().verdict
}

/// What comes of a figure that was `before`, with this limit and tolerance.
fn of_figure(
    figure: Figure,
    most: Option<u64>,
    before: Option<u64>,
    tolerance: Option<Tolerance>,
) -> (Verdict, bool) {
    let mut settings = limits(
        &most
            .map(|most| (figure, most))
            .into_iter()
            .collect::<Vec<_>>(),
    );
    settings
        .of
        .tolerance
        .extend(tolerance.map(|tolerance| (figure, tolerance)));
    let measured = measured();
    let mut baseline = baseline(&measured);
    if let (Some(before), Some(entry)) = (before, baseline.traces.get_mut("station")) {
        entry.figures.insert(figure, before);
    }
    let against = match before {
        None => Against::Limits,
        Some(_) => Against::Baseline(&baseline),
    };
    let checked = check(&settings, &measured, against);
    (verdict(&checked, &Of::Figure(figure)), checked.within)
}

#[test]
fn each_figure_is_within_its_limit_at_it_and_over_it() {
    for (figure, now) in [
        (Figure::Peak, 100),
        (Figure::SmallestPool, 150),
        (Figure::NeverFreed, 10),
        (Figure::Leaks, 10),
    ] {
        let verdict = |most| of_figure(figure, Some(most), None, None);
        assert_eq!(verdict(now + 1), (Verdict::Within, true), "{figure:?}");
        assert_eq!(verdict(now), (Verdict::Within, true), "{figure:?}");
        assert_eq!(verdict(now - 1), (Verdict::Over, false), "{figure:?}");
    }
}

#[test]
fn one_byte_more_than_in_the_baseline_is_growth() {
    for (figure, now) in [
        (Figure::Peak, 100),
        (Figure::SmallestPool, 150),
        (Figure::Leaks, 10),
    ] {
        let verdict = |before| of_figure(figure, None, Some(before), None);
        assert_eq!(verdict(now + 1), (Verdict::Less, true), "{figure:?}");
        assert_eq!(verdict(now), (Verdict::Within, true), "{figure:?}");
        assert_eq!(verdict(now - 1), (Verdict::Grown, false), "{figure:?}");
    }
}

#[test]
fn what_is_tolerated_is_no_growth_but_a_limit_stays_one() {
    let verdict =
        |before, tolerance| of_figure(Figure::Peak, None, Some(before), Some(tolerance)).0;
    assert_eq!(verdict(90, Tolerance::By(10)), Verdict::Within);
    assert_eq!(verdict(89, Tolerance::By(10)), Verdict::Grown);
    assert_eq!(verdict(80, Tolerance::Part(2_500)), Verdict::Within);
    assert_eq!(verdict(79, Tolerance::Part(2_500)), Verdict::Grown);
    let both = of_figure(Figure::Peak, Some(99), Some(90), Some(Tolerance::By(10)));
    assert_eq!(both.0, Verdict::Over);
}

#[test]
fn what_is_not_in_the_baseline_or_of_another_device_is_not_within() {
    let (settings, measured) = (limits(&[]), measured());
    let peak = Of::Figure(Figure::Peak);
    let pool = Of::Figure(Figure::SmallestPool);
    let empty = Baseline::default();
    let checked = check(&settings, &measured, Against::Baseline(&empty));
    assert_eq!(verdict(&checked, &peak), Verdict::NoBaseline);
    // About to be written: nothing is missing.
    assert!(check(&settings, &measured, Against::Replaced(&empty)).within);

    let mut other = baseline(&measured);
    other.traces.get_mut("station").unwrap().conditions.word = 64;
    let checked = check(&settings, &measured, Against::Baseline(&other));
    assert_eq!(verdict(&checked, &peak), Verdict::Within);
    assert_eq!(verdict(&checked, &pool), Verdict::NoBaseline);
}

#[test]
fn a_baseline_that_is_replaced_allows_everything_but_what_is_over_a_limit() {
    let measured = measured();
    let mut before = baseline(&measured);
    before
        .traces
        .get_mut("station")
        .unwrap()
        .figures
        .insert(Figure::Peak, 1);
    assert!(check(&limits(&[]), &measured, Against::Replaced(&before)).within);
    let limits = limits(&[(Figure::Peak, 99)]);
    assert!(!check(&limits, &measured, Against::Replaced(&before)).within);
}

#[test]
fn tasks_and_each_call_site_of_a_name_keep_their_limits() {
    let of = |most| Common {
        tasks: BTreeMap::from([("net".into(), limit(100)), ("gone".into(), limit(0))]),
        sites: BTreeMap::from([
            ("receive".into(), limit(most)),
            ("send (net.c)".into(), limit(5)),
        ]),
        ..Common::default()
    };
    let checked = check(&trace(of(70)), &measured(), Against::Limits);
    assert!(checked.within);
    let checked = check(&trace(of(69)), &measured(), Against::Limits);
    let over: Vec<_> = checked
        .checks
        .iter()
        .filter(|check| !check.verdict.is_within())
        .collect();
    assert_eq!(over.len(), 1);
    assert_eq!(over[0].of, Of::Site("receive (net.c)".into()));
    assert_eq!(over[0].place.as_ref().unwrap().line, 7);
    let sites = checked
        .checks
        .iter()
        .filter(|check| matches!(check.of, Of::Site(_)));
    assert_eq!(sites.count(), 3);
}

#[test]
fn a_pool_serves_the_trace_or_not() {
    let settings = trace(Common {
        pool: Some(limit(160)),
        ..Common::default()
    });
    assert!(check(&settings, &measured(), Against::Limits).within);
    let misfit = Measured {
        misfit: Some("operation 7 finds no 9 bytes".into()),
        ..measured()
    };
    let checked = check(&settings, &misfit, Against::Limits);
    assert_eq!(verdict(&checked, &Of::Pool), Verdict::Over);
}

#[test]
fn a_smallest_pool_that_there_is_not_is_over_any_limit() {
    let mut measured = measured();
    measured.figures.remove(&Figure::SmallestPool);
    let checked = check(
        &limits(&[(Figure::SmallestPool, u64::MAX)]),
        &measured,
        Against::Limits,
    );
    assert_eq!(
        verdict(&checked, &Of::Figure(Figure::SmallestPool)),
        Verdict::Over
    );
    // Nobody asked for it.
    assert!(check(&limits(&[]), &measured, Against::Limits).within);
}

#[test]
fn the_sites_that_grew_are_told_the_worst_first_and_only_if_something_is_over() {
    let measured = measured();
    let mut before = baseline(&measured);
    let entry = before.traces.get_mut("station").unwrap();
    entry.figures.insert(Figure::Peak, 60);
    entry.at_peak = BTreeMap::from([
        ("receive (net.c)".into(), 60),
        // New: `receive (other.c)`; gone: `old (net.c)`.
        ("old (net.c)".into(), 999),
        ("send (net.c)".into(), 5),
    ]);
    let settings = limits(&[]);
    let checked = check(&settings, &measured, Against::Baseline(&before));
    let grown = checked
        .grown
        .iter()
        .map(|grown| (&*grown.site, grown.growth, grown.before));
    let wanted = [("receive (other.c)", 25, 0), ("receive (net.c)", 10, 60)];
    assert!(grown.eq(wanted), "{:?}", checked.grown);
    assert!(checked.largest.is_empty());

    before
        .traces
        .get_mut("station")
        .unwrap()
        .figures
        .insert(Figure::Peak, 100);
    let checked = check(&settings, &measured, Against::Baseline(&before));
    assert!(checked.within && checked.grown.is_empty() && checked.largest.is_empty());
}

#[test]
fn leaks_are_explained_by_what_is_never_freed() {
    let measured = measured();
    let mut before = baseline(&measured);
    let entry = before.traces.get_mut("station").unwrap();
    entry.figures.insert(Figure::Leaks, 0);
    entry.never_freed.clear();
    entry.at_peak.clear();
    let checked = check(&limits(&[]), &measured, Against::Baseline(&before));
    assert_eq!(checked.grown.len(), 1);
    assert_eq!(
        (checked.grown[0].what, checked.grown[0].growth),
        (What::NeverFreed, 10)
    );
}

#[test]
fn without_a_baseline_the_sites_that_hold_most_are_told() {
    let checked = check(&limits(&[(Figure::Peak, 1)]), &measured(), Against::Limits);
    let largest = checked.largest.iter().map(|site| (&*site.site, site.bytes));
    assert!(largest.eq([
        ("receive (net.c)", 70),
        ("receive (other.c)", 25),
        ("send (net.c)", 5)
    ]));
}
