//! Readers that come in between, and a ring that somebody else has written.

use super::*;

#[test]
fn nobody_else_reads_meanwhile() {
    static RECORDER: Recorder<Nosy, 64, 0> = Recorder::new();
    std::thread_local! {
        static INNER: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    /// Reads while it is asked for its name by a reader.
    struct Nosy;
    impl Device for Nosy {
        fn title() -> &'static [u8] {
            INNER.set(RECORDER.read(&mut [0; 64]));
            RECORDER.announce();
            // What happens meanwhile is recorded all the same.
            RECORDER.record(&freed(0x1010));
            b"nosy"
        }
    }
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    assert_eq!(INNER.get(), 0);
    assert_eq!((desk.events.len(), desk.errors.len()), (1, 0));
}

#[test]
fn after_a_panic_within_a_read_another_one_takes_over_and_nothing_is_lost() {
    static RECORDER: Recorder<Plain, 256, 0> = Recorder::new();
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    for n in 0..50 {
        RECORDER.record(&allocated(0x1010 + n, n));
    }
    let mut some = [0; 20];
    let length = RECORDER.read(&mut some);
    desk.take(&some[..length]);
    // A reader that never comes back.
    let interrupted = Reading::begin(&RECORDER.is_read).expect("nobody reads");
    core::mem::forget(interrupted);
    assert_eq!(RECORDER.read(&mut some), 0);
    RECORDER.record(&freed(0x1010));
    // SAFETY: nobody else is there.
    unsafe { RECORDER.take_over() };
    desk.drain(&RECORDER);
    assert!(desk.is_seamless());
    assert_eq!(desk.events.len(), 51);
}

#[test]
fn two_recorders_know_nothing_of_each_other() {
    static ONE: Recorder<Plain, 64, 0> = Recorder::new();
    static OTHER: Recorder<Plain, 64, 0> = Recorder::new();
    ONE.record(&freed(0x1010));
    OTHER.record(&freed(0x1020));
    OTHER.record(&freed(0x1030));
    let (mut one, mut other) = (Desk::default(), Desk::default());
    one.drain(&ONE);
    other.drain(&OTHER);
    assert_eq!(one.what(), [Event::Freed { block: 0x1010 }]);
    assert_eq!(other.what().len(), 2);
    assert!(one.is_seamless() && other.is_seamless());
}

#[test]
fn a_ring_that_was_written_over_is_told_and_goes_on() {
    static RECORDER: Recorder<Plain, 64, 0> = Recorder::new();
    for _ in 0..5 {
        RECORDER.record(&freed(0x1010));
    }
    // SAFETY: the test alone uses it, and any word may stand there.
    unsafe { RECORDER.ring.fill(usize::MAX) };
    let mut desk = Desk::default();
    desk.drain(&RECORDER);
    RECORDER.record(&allocated(0x1020, 7));
    desk.drain(&RECORDER);
    assert_eq!((desk.lost, desk.errors), (1, vec![]));
    assert_eq!(desk.events.len(), 2);
    assert_eq!(
        desk.events[1].3, POOL as u64,
        "though it was told in what is lost"
    );
}

/// The reader went round in it for ever: what looks like the mark at the ring's end was believed.
#[test]
fn a_ring_of_marks_is_overwritten_too() {
    for head in [1, 5, 25, 60] {
        let recorder: &Recorder<Plain, 64, 0> = std::boxed::Box::leak(Default::default());
        let mut desk = Desk::default();
        for number in 0..head {
            recorder.record(&freed(0x1010));
            // Now and then, so that the head has gone round in some.
            if number % 5 == 3 {
                desk.drain(recorder);
            }
        }
        recorder.record(&freed(0x1010));
        // SAFETY: the test alone uses it, and any word may stand there.
        unsafe { recorder.ring.fill(pack::WRAP) };
        desk.drain(recorder);
        recorder.record(&allocated(0x1020, 7));
        desk.drain(recorder);
        assert_eq!((desk.lost, desk.errors), (1, vec![]), "{head}");
        let block = 0x1020;
        let size = 7;
        let align_log2 = 0;
        assert_eq!(
            desk.events.last().map(|event| event.5),
            Some(Event::Allocated {
                block,
                size,
                align_log2
            })
        );
    }
}

/// With the heap's lock held, in a real heap: recording and reading use no heap.
#[test]
fn a_heap_records_and_a_listener_reads_with_its_lock_held() {
    use litepool::fit::Tlsf;
    use litepool::lock::Spin;
    use litepool::{Config, Pool};

    static RECORDER: Recorder<Plain, 256, 0> = Recorder::new();
    static SENT: critical_section::Mutex<core::cell::RefCell<Vec<u8>>> =
        critical_section::Mutex::new(core::cell::RefCell::new(Vec::new()));

    struct Recorded;
    impl Config for Recorded {
        type Fit = Tlsf;
        type Record = ();
        fn on_event(event: &Happened) {
            RECORDER.record(event);
            let mut bytes = [0; 64];
            let length = RECORDER.read(&mut bytes);
            critical_section::with(|section| SENT.borrow_ref_mut(section).extend(&bytes[..length]));
        }
    }

    static HEAP: Pool<Recorded, Spin> = Pool::new();
    let memory = vec![core::mem::MaybeUninit::uninit(); 4096].leak();
    HEAP.init_static(memory).expect("room for a pool");
    let block = HEAP.allocate(100).expect("room");
    assert!(HEAP.allocate(10_000).is_err());
    // SAFETY: nobody uses it.
    unsafe { HEAP.free(block) }.expect("a block");
    let mut desk = Desk::default();
    critical_section::with(|section| desk.take(&SENT.borrow_ref(section)));
    desk.drain(&RECORDER);
    assert!(desk.is_seamless());
    assert!(matches!(
        desk.what()[..],
        [
            Event::Initialised { .. },
            Event::Allocated { size: 100, .. },
            Event::NotAllocated { size: 10_000, .. },
            Event::Freed { .. }
        ]
    ));
}
