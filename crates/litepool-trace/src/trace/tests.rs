use super::*;
use crate::error::Fault;
use crate::op::Op;
use crate::samples::{allocate, small, trace_of};

#[test]
fn a_file_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.lpt");
    small().write(&path).unwrap();
    assert_eq!(Trace::read(&path).unwrap(), small());
    assert_eq!(Trace::open(&path, None).unwrap(), small());
    assert_eq!(Trace::open(&path, Some(Format::Litepool)).unwrap(), small());
}

#[test]
fn an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.lpt");
    let error = Trace::read(&path).unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "{error}");
}

#[test]
fn a_senseless_trace_is_not_written() {
    let error = trace_of([allocate(1, 8)])
        .to_writer(Vec::new())
        .unwrap_err();
    assert!(matches!(
        error,
        TraceError::Rejected {
            event: 0,
            fault: Fault::NotNext { id: 1, next: 0 }
        }
    ));
    let mut nowhere = trace_of([allocate(0, 8)]);
    nowhere.events[0].site = 1;
    let error = nowhere.to_writer(Vec::new()).unwrap_err();
    assert!(matches!(
        error,
        TraceError::Rejected {
            fault: Fault::UnknownSite { site: 1, known: 0 },
            ..
        }
    ));
}

#[test]
fn sites_listed_twice_become_one() {
    let mut trace = trace_of([allocate(0, 8), allocate(1, 8), Op::Free { id: 0 }]);
    let site = |offset| Site {
        module: "a".into(),
        offset,
    };
    trace.sites = vec![site(1), site(1), site(2)];
    for (event, site) in trace.events.iter_mut().zip(1..) {
        event.site = site;
    }
    let back = Trace::from_reader(&trace.to_writer(Vec::new()).unwrap()[..]).unwrap();
    assert_eq!(back.sites, [site(1), site(2)]);
    for (before, after) in trace.events.iter().zip(&back.events) {
        assert_eq!(trace.site(before.site), back.site(after.site));
    }
}

#[test]
fn the_unknown_site_is_none() {
    let trace = small();
    assert_eq!(trace.site(0), None);
    assert_eq!(trace.site(1), Some(&trace.sites[0]));
    assert_eq!(trace.site(4), None);
}
