use super::*;
use crate::error::Fault;
use crate::interned::{Frame, Module, Stack};
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

/// What [`Trace`] says that it takes.
#[cfg(target_pointer_width = "64")]
#[test]
fn an_event_has_56_bytes() {
    assert_eq!(size_of::<Event>(), 56);
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
    nowhere.events[0].stack = 1;
    let error = nowhere.to_writer(Vec::new()).unwrap_err();
    assert!(matches!(
        error,
        TraceError::Rejected {
            fault: Fault::UnknownStack { stack: 1, known: 0 },
            ..
        }
    ));
}

/// Modules, frames and stacks: what is said of each with other numbers is the same.
#[test]
fn what_is_listed_twice_becomes_one() {
    let mut trace = trace_of((0..4).map(|id| allocate(id, 8)));
    let module = Module {
        path: "a".into(),
        build_id: vec![1],
    };
    let frame = |module, offset| Frame {
        module,
        offset,
        locations: Vec::new(),
    };
    let stack = |parent, frame| Stack { frame, parent };
    trace.interned = Interned {
        modules: vec![module.clone(), module.clone()],
        frames: vec![frame(0, 1), frame(1, 1), frame(1, 2)],
        stacks: vec![stack(0, 0), stack(0, 1), stack(1, 2), stack(2, 2)],
        ..Interned::default()
    };
    for (event, stack) in trace.events.iter_mut().zip(1..) {
        event.stack = stack;
    }
    let back = Trace::from_reader(&trace.to_writer(Vec::new()).unwrap()[..]).unwrap();
    assert_eq!(back.interned.modules, [module]);
    assert_eq!(back.interned.frames, [frame(0, 1), frame(0, 2)]);
    assert_eq!(back.interned.stacks, [stack(0, 0), stack(1, 1)]);
    let stacks: Vec<u32> = back.events.iter().map(|event| event.stack).collect();
    assert_eq!(stacks, [1, 1, 2, 2]);
}
