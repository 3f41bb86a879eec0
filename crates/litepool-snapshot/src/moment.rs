//! The snapshot of a moment of a trace.

use std::io::Read;

use litepool_trace::{Event, EventKind, Interned, Reader, TraceError, WordSize};
use rustc_hash::FxHashMap;

use crate::live::{Change, LiveObjects, Object};
use crate::memory_image::MemoryImage;
use crate::snapshot::{Birth, Block, BlockState, Origin, Pool, Snapshot, Task};

/// A moment of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// After the operation after which most requested bytes are live, for the first time.
    Peak,
    /// After the last operation.
    End,
    /// Before the first request that the program's allocator refused.
    Failure,
    /// After so many operations.
    Operation(u64),
    /// After the last operation that was done by then, in microseconds since the start of the
    /// recording.
    Time(u64),
}

/// Why a trace has no such moment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// The trace ends before.
    #[error("there is no operation {wanted}: the trace has {operations}")]
    NoOperation {
        /// The number that was asked for.
        wanted: u64,
        /// How many operations there are.
        operations: u64,
    },
    /// The recording ends before.
    #[error("there is no time {wanted} us: the recording ends after {end} us")]
    NoTime {
        /// What was asked for, in microseconds.
        wanted: u64,
        /// The time of the last event.
        end: u64,
    },
    /// The trace does not say when its operations were done.
    #[error("the trace has no times; name a moment by the number of an operation")]
    NoTimes,
    /// No request was refused.
    #[error(
        "the recorded program was refused no request, so there is no failure to look at; \
         `litepool replay --pool SIZE` finds the one in a smaller pool"
    )]
    NoFailure,
    /// Growth is judged over the operations up to a moment, which one reading must know.
    #[error("the peak is known at the end only; name it by the number of its operation")]
    PeakToCome,
    /// The trace can't be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
}

impl Snapshot {
    /// The snapshot of a moment of a trace, in one reading. `file`: what to call the trace.
    ///
    /// Time O(events). Memory is that of the objects that are live, and for the peak of those that
    /// were live then.
    ///
    /// # Errors
    /// The trace can't be read up to that moment, or has no such moment.
    pub fn of_trace<R: Read>(
        mut reader: Reader<R>,
        moment: Moment,
        file: &str,
    ) -> Result<Self, MomentError> {
        let mut builder = SnapshotBuilder::new(moment);
        for event in reader.by_ref() {
            if !builder.event(&event?) {
                break;
            }
        }
        let (header, interned) = reader.into_parts();
        builder.finish(header.word, interned, file)
    }
}

/// Makes the snapshot of a moment, event by event, for whoever reads a trace himself.
///
/// ```
/// use litepool_snapshot::{Moment, SnapshotBuilder};
/// use litepool_trace::Importer;
///
/// let csv = "op,id,size\nallocate,1,100\nallocate,2,28\nfree,1,\n";
/// let mut importer = Importer::from_reader(csv.as_bytes(), None)?;
/// let mut builder = SnapshotBuilder::new(Moment::Operation(2));
/// while let Some(event) = importer.next() {
///     if !builder.event(&event?) {
///         break;
///     }
/// }
/// let (header, interned) = importer.into_parts();
/// let snapshot = builder.finish(header.word, interned, "demo.csv")?;
/// assert_eq!(snapshot.blocks.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SnapshotBuilder {
    moment: Moment,
    live: LiveObjects,
    /// Used for [`Moment::Peak`].
    peak: Peak,
    threads: Threads,
    /// Whether the moment was found.
    over: bool,
}

impl SnapshotBuilder {
    /// Begins before the first event.
    #[must_use]
    pub fn new(moment: Moment) -> Self {
        Self {
            moment,
            live: LiveObjects::default(),
            peak: Peak::default(),
            threads: Threads::default(),
            over: moment == Moment::Operation(0),
        }
    }

    /// Takes the next event into account. O(1), amortised. `false`: the moment is over, and the
    /// events to come don't matter.
    pub fn event(&mut self, event: &Event) -> bool {
        self.advance(event).is_some()
    }

    /// As [`SnapshotBuilder::event`]; what the event changed, unless the moment is over.
    pub(crate) fn advance(&mut self, event: &Event) -> Option<Change> {
        self.over |= match self.moment {
            Moment::Time(time) => event.time > time,
            Moment::Failure => matches!(event.kind, EventKind::Refused { .. }),
            _ => false,
        };
        if self.over {
            return None;
        }
        let change = self.live.event(event);
        self.threads.event(event, self.live.now());
        match self.moment {
            Moment::Operation(number) => self.over = self.live.now().operation == number,
            Moment::Peak => self.peak.after(change, &mut self.live),
            _ => {}
        }
        Some(change)
    }

    /// The moment, as far as it is known by now: its operation and its time.
    #[must_use]
    pub fn at(&self) -> Birth {
        match self.moment {
            Moment::Peak => self.peak.at,
            _ => self.live.now(),
        }
    }

    /// How many operations there were so far, and the time of the last event.
    pub(crate) fn now(&self) -> Birth {
        self.live.now()
    }

    /// The snapshot, with what the trace's header and its tables say.
    ///
    /// # Errors
    /// The trace has no such moment.
    pub fn finish(
        self,
        word: WordSize,
        interned: Interned,
        file: &str,
    ) -> Result<Snapshot, MomentError> {
        let (at, end) = (self.at(), self.live.now());
        if !self.over {
            match self.moment {
                Moment::Operation(wanted) => {
                    let operations = end.operation;
                    return Err(MomentError::NoOperation { wanted, operations });
                }
                Moment::Time(_) if end.time == 0 => return Err(MomentError::NoTimes),
                Moment::Time(wanted) if wanted > end.time => {
                    let end = end.time;
                    return Err(MomentError::NoTime { wanted, end });
                }
                Moment::Failure => return Err(MomentError::NoFailure),
                _ => {}
            }
        }
        let objects = match self.moment {
            Moment::Peak => self.peak.objects(self.live),
            _ => self.live.into_objects(),
        };
        let mut objects: Vec<(u32, Object)> = objects.into_iter().collect();
        objects.sort_unstable_by_key(|&(id, _)| id);
        let pools = objects.iter().map(|(_, object)| object.pool).max();
        Ok(Snapshot {
            origin: Origin::Trace {
                file: file.to_owned(),
                operation: at.operation,
                time: at.time,
            },
            word,
            pools: (0..=pools.unwrap_or(0))
                .map(|number| pool(&interned, number))
                .collect(),
            blocks: objects
                .iter()
                .map(|(id, object)| block(*id, object))
                .collect(),
            interned,
            memory: MemoryImage::default(),
            live_tasks: self.threads.live(at),
            passed_over: Vec::new(),
        })
    }
}

fn pool(interned: &Interned, number: u32) -> Pool {
    Pool {
        name: interned
            .pools
            .get(number as usize)
            .cloned()
            .unwrap_or_default(),
        ..Pool::default()
    }
}

fn block(id: u32, object: &Object) -> Block {
    Block {
        pool: object.pool as usize,
        address: None,
        size: object.size,
        extent: object.size,
        state: BlockState::Used,
        in_slab: false,
        task: Some(Task::Number(object.thread)),
        module: None,
        number: Some(id.into()),
        birth: Some(object.birth),
        stack: object.stack,
    }
}

/// The highest peak so far, and how to get back to it: an undo log that is never longer than the
/// objects that were live then. So one reading does, also of what can be read only once.
#[derive(Clone, Default, Debug)]
struct Peak {
    bytes: u64,
    at: Birth,
    /// How many objects had been allocated by then.
    born: u32,
    /// Counts the peaks. An object whose mark it is has its entry in `since`.
    number: u64,
    /// The objects of the peak that were resized or freed since then, as they were.
    since: Vec<(u32, Object)>,
}

impl Peak {
    fn after(&mut self, change: Change, live: &mut LiveObjects) {
        if live.bytes() > self.bytes {
            *self = Self {
                bytes: live.bytes(),
                at: live.now(),
                born: live.born(),
                number: self.number + 1,
                since: std::mem::take(&mut self.since),
            };
            self.since.clear();
            return;
        }
        let (Change::Resized { id, before, .. } | Change::Freed { id, before }) = change else {
            return;
        };
        if id < self.born && before.mark != self.number {
            self.since.push((id, before));
            live.mark(id, self.number);
        }
    }

    /// The objects that were live at the peak.
    fn objects(self, live: LiveObjects) -> FxHashMap<u32, Object> {
        let mut objects = live.into_objects();
        objects.retain(|&id, _| id < self.born);
        objects.extend(self.since);
        objects
    }
}

/// When threads began and ended, as numbers of operations.
#[derive(Clone, Default, Debug)]
struct Threads {
    began: Vec<u64>,
    ended: FxHashMap<u32, u64>,
}

impl Threads {
    fn event(&mut self, event: &Event, now: Birth) {
        if event.thread as usize >= self.began.len() {
            self.began.resize(event.thread as usize + 1, now.operation);
        }
        if event.kind == EventKind::ThreadEnd {
            self.ended.entry(event.thread).or_insert(now.operation);
        }
    }

    /// Those that there were after an operation; `None` if the trace does not tell ends.
    fn live(&self, at: Birth) -> Option<Vec<u32>> {
        let after = |thread: &u32| self.ended.get(thread).is_none_or(|&end| end > at.operation);
        let begun = self.began.partition_point(|&began| began <= at.operation);
        (!self.ended.is_empty()).then(|| (0..begun as u32).filter(after).collect())
    }
}

#[cfg(test)]
mod tests;
