use clap::Parser;

use super::*;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    thresholds: Thresholds,
}

/// A state, and what changes it.
struct Watched {
    state: State,
    interned: Interned,
    naming: Naming,
    next: u32,
}

impl Watched {
    fn new(thresholds: &[&str]) -> Self {
        let arguments = ["top"].iter().chain(thresholds);
        Self {
            state: State::new(Arguments::parse_from(arguments).thresholds),
            interned: Interned::default(),
            naming: Naming::of_device(),
            next: 0,
        }
    }

    fn happens(&mut self, happening: Happening) {
        let (interned, naming) = (&self.interned, &mut self.naming);
        self.state.take(&happening, interned, naming);
    }

    fn event(&mut self, time: u64, kind: impl Into<EventKind>, address: Option<u64>) {
        let event = Event {
            time,
            pool: 0,
            ..Event::from(kind.into())
        };
        self.happens(Happening::Event { event, address });
    }

    fn allocate(&mut self, time: u64, address: u64, size: u64) -> u32 {
        let id = self.next;
        self.next += 1;
        self.event(time, Op::Allocate { id, size, align: 0 }, Some(address));
        id
    }

    fn alarms(&self) -> Vec<&str> {
        let alarms = self.state.alarms().on().iter();
        alarms.map(|alarm| alarm.text.as_str()).collect()
    }
}

#[test]
fn sums_follow_allocations_resizes_and_frees() {
    let mut watched = Watched::new(&[]);
    let first = watched.allocate(0, 0x100, 24);
    let second = watched.allocate(1, 0x200, 8);
    let resize = Op::Resize {
        id: second,
        size: 100,
    };
    watched.event(2, resize, Some(0x300));
    watched.event(3, Op::Free { id: first }, None);
    let all = watched.state.all;
    assert_eq!(
        (all.bytes, all.blocks, all.peak, all.allocations),
        (100, 1, 124, 2)
    );
    let pool = &watched.state.pools[&0];
    assert_eq!((pool.used, pool.blocks()), (100, 1));
    assert_eq!(watched.state.blocks[&second].birth, 1);
}

#[test]
fn a_refused_request_is_an_alarm_and_a_line() {
    let mut watched = Watched::new(&[]);
    let refused = EventKind::Refused {
        size: 4_000,
        align: 0,
        resized: None,
    };
    watched.event(0, refused, None);
    watched.event(1, refused, None);
    assert_eq!(
        watched.alarms(),
        ["2 refused requests, last: the heap refused task 0 4,000 bytes"]
    );
    assert_eq!(watched.state.alarms().raised(), 1);
    assert_eq!(watched.state.log.len(), 2);
}

#[test]
fn what_was_lost_and_a_reset_are_alarms_but_not_what_was_before() {
    let mut watched = Watched::new(&[]);
    watched.happens(Happening::Lost {
        events: 9,
        loss: Loss::Before,
    });
    assert!(watched.alarms().is_empty());
    watched.happens(Happening::Lost {
        events: 9,
        loss: Loss::InTheRing,
    });
    watched.happens(Happening::Reset { live: 1 });
    assert_eq!(
        watched.alarms(),
        [
            "9 events lost: the device's ring was full",
            "the device was reset with 1 live block"
        ]
    );
}

#[test]
fn a_pool_in_pieces_is_an_alarm_until_it_is_whole_again() {
    let mut watched = Watched::new(&["--fragmentation", "50"]);
    watched.happens(Happening::Pool {
        pool: 0,
        address: 0x1000,
        size: 1_000,
    });
    let blocks: Vec<u32> = (0..10)
        .map(|number| watched.allocate(0, 0x1000 + number * 100, 100))
        .collect();
    for id in blocks.iter().step_by(2) {
        watched.event(0, Op::Free { id: *id }, None);
    }
    watched.allocate(2_000_000, 0x1000, 1);
    assert_eq!(
        watched.alarms(),
        ["the heap: fragmentation 80 %, largest free 100 of 499 bytes"]
    );
    for id in blocks.iter().skip(1).step_by(2) {
        watched.event(4_000_000, Op::Free { id: *id }, None);
    }
    watched.allocate(6_000_000, 0x1001, 1);
    assert!(watched.alarms().is_empty());
}

#[test]
fn a_site_that_grows_is_an_alarm_if_that_is_asked_for() {
    let mut watched = Watched::new(&["--growth", "600"]);
    for second in 0..60 {
        watched.allocate(second * SECOND, 0x1000 + second * 16, 16);
        // 16 bytes a second are 960 in a minute. The first seconds tell nothing.
        assert_eq!(watched.alarms().is_empty(), second < 11, "{second}");
    }
    assert!(
        watched.alarms()[0].contains("grows by 9"),
        "{:?}",
        watched.alarms()
    );
}

#[test]
fn what_a_program_allocates_when_it_begins_is_no_growth() {
    let mut watched = Watched::new(&["--growth", "600"]);
    watched.allocate(0, 0x1000, 4_096);
    for second in 1..60 {
        let id = watched.allocate(second * SECOND, 0x3000, 16);
        watched.event(second * SECOND, Op::Free { id }, None);
        assert!(watched.alarms().is_empty(), "{second}");
    }
}

#[test]
fn silence_is_an_alarm_until_something_comes() {
    let mut watched = Watched::new(&["--silence", "5s"]);
    watched.state.silence(Some(Duration::from_secs(4)));
    assert!(watched.alarms().is_empty());
    watched.state.silence(Some(Duration::from_secs(5)));
    assert_eq!(watched.alarms(), ["nothing has come for 5 s"]);
    watched.state.silence(Some(Duration::ZERO));
    assert!(watched.alarms().is_empty());
}

#[test]
fn looks_take_no_more_time_than_the_events_pay_for() {
    let mut watched = Watched::new(&[]);
    for number in 0..1_000 {
        watched.allocate(0, 0x1000 + number * 16, 16);
    }
    let id = watched.allocate(0, 0x100, 16);
    let mut looks = 0;
    for second in 1..1_000 {
        let resize = Op::Resize { id, size: 16 };
        watched.event(second * 2 * SECOND, resize, Some(0x100));
        looks += u64::from(watched.state.turned == watched.state.now);
    }
    // Each is one of a thousand blocks.
    assert!((64..130).contains(&looks), "{looks}");
    // Who looks at the screen sees what is so now.
    watched.state.look(&watched.interned, &mut watched.naming);
    assert_eq!(watched.state.turned, watched.state.now);
}

#[test]
fn no_time_is_too_late() {
    let mut watched = Watched::new(&[]);
    watched.allocate(u64::MAX - 5, 0x1000, 16);
    watched.allocate(u64::MAX, 0x2000, u64::MAX);
    assert_eq!(watched.state.turned, u64::MAX - 5);
}

/// Its rates stayed those of the last event.
#[test]
fn a_device_without_a_clock_that_falls_silent_has_no_rates() {
    let mut watched = Watched::new(&[]);
    for second in 0..20 {
        watched.state.advance(second * SECOND);
        for number in 0..10 {
            watched.allocate(0, 0x1000 + (second * 10 + number) * 16, 16);
        }
    }
    let rates = |watched: &mut Watched| {
        watched.state.look(&watched.interned, &mut watched.naming);
        let state = &watched.state;
        let all = state
            .operations_rate
            .rate(state.now, state.operations, SECOND);
        let task = state.tasks[&0].sum.allocations_per_second(state.now);
        [all, task].map(|rate| rate.map(f64::round))
    };
    watched.state.advance(20 * SECOND);
    assert_eq!(rates(&mut watched), [Some(10.0); 2]);
    for second in 21..40 {
        watched.state.advance(second * SECOND);
        rates(&mut watched);
    }
    assert_eq!(rates(&mut watched), [Some(0.0); 2]);
}

/// They were kept for ever, and each look took a step for each.
#[test]
fn tasks_and_pools_that_are_gone_are_forgotten() {
    let mut watched = Watched::new(&[]);
    let mut task = |thread, kind: EventKind| {
        let event = Event {
            thread,
            ..Event::from(kind)
        };
        watched.happens(Happening::Event {
            event,
            address: Some(0x100),
        });
        watched.state.tasks.keys().copied().collect::<Vec<u32>>()
    };
    let allocate = Op::Allocate {
        id: 0,
        size: 8,
        align: 0,
    };
    assert_eq!(task(1, allocate.into()), [1]);
    assert_eq!(task(2, EventKind::ThreadEnd), [1]);
    assert_eq!(task(1, EventKind::ThreadEnd), [1], "it has a block");
    assert_eq!(task(3, Op::Free { id: 0 }.into()), [3]);

    watched.happens(Happening::Pool {
        pool: 5,
        address: 0x1000,
        size: 100,
    });
    let event = Event {
        pool: 5,
        ..Event::from(EventKind::from(Op::Allocate {
            id: 1,
            size: 99,
            align: 0,
        }))
    };
    let address = Some(0x1000);
    watched.happens(Happening::Event { event, address });
    watched.state.look(&watched.interned, &mut watched.naming);
    assert_eq!(watched.alarms(), ["the heap: 99 % used, 99 bytes"]);
    watched.event(0, Op::Free { id: 1 }, None);
    watched.happens(Happening::PoolEnded { pool: 5 });
    assert!(watched.alarms().is_empty());
    assert!(!watched.state.pools.contains_key(&5));
}
