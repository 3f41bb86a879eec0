//! Many produce while one reads.

use super::*;

/// Addresses count up in each thread, so that the desk can tell whether one is missing or twice.
fn hammer<D: Device, const W: usize, const S: usize>(
    recorder: &'static Recorder<D, W, S>,
    events: usize,
) -> Desk {
    const THREADS: usize = 4;
    // Where each step is looked at, fewer.
    let events = if cfg!(miri) { 60 } else { events };
    let mut desk = Desk::default();
    let producers: Vec<_> = (0..THREADS)
        .map(|thread| {
            thread::spawn(move || {
                for n in 1..=events {
                    recorder.record(&allocated(n * THREADS + thread, thread));
                    if n % 64 == 0 {
                        thread::yield_now();
                    }
                }
            })
        })
        .collect();
    while producers.iter().any(|producer| !producer.is_finished()) {
        desk.drain(recorder);
    }
    for producer in producers {
        producer.join().expect("a producer does not panic");
    }
    desk.drain(recorder);
    assert!(desk.is_seamless());
    let mut last = [0; THREADS];
    let mut arrived = 0;
    for event in desk.what() {
        if let Event::Allocated { block, size, .. } = event {
            let last = &mut last[size as usize];
            assert!(block > *last, "in order, and once");
            assert_eq!(block as usize % THREADS, size as usize);
            *last = block;
            arrived += 1;
        }
    }
    assert_eq!(arrived + desk.lost, (events * THREADS) as u64);
    desk
}

#[test]
fn threads_produce_while_one_reads_and_all_is_accounted_for() {
    static SMALL: Recorder<Plain, 64, 0> = Recorder::new();
    let lost = hammer(&SMALL, 5_000).lost;
    assert!(lost > 0 || cfg!(miri));
    static LARGE: Recorder<Plain, 4096, 0> = Recorder::new();
    hammer(&LARGE, 5_000);
    static EVERYTHING: Recorder<Everything, 512, 3> = Recorder::new();
    let desk = hammer(&EVERYTHING, 3_000);
    assert!(desk.events.windows(2).all(|two| two[0].1 <= two[1].1));
}

/// A device that tells all it can.
struct Everything;

static TICKS: AtomicU32 = AtomicU32::new(0);

impl Device for Everything {
    const HAS_CLOCK: bool = true;

    fn ticks() -> u32 {
        TICKS.fetch_add(3, Ordering::Relaxed)
    }

    fn ticks_per_second() -> u32 {
        1000
    }

    fn task() -> Task {
        Task::Number(7)
    }

    fn callers(sites: &mut [usize]) -> usize {
        for (site, address) in sites.iter_mut().zip([0x801, 0x9001, 0xA001]) {
            *site = address;
        }
        3
    }

    fn title() -> &'static [u8] {
        b"everything"
    }
}
