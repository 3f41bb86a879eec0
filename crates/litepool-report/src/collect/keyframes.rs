//! Moments with all their blocks.

use litepool::{BlockInfo, State};

use super::live::{Live, Owner};
use super::{Plan, When};
use crate::blob::Blob;
use crate::model::Keyframe;
use crate::names::Names;

/// Blocks of all keyframes.
const BLOCKS: usize = 240_000;
/// Keyframes at even distances.
const REGULAR: u64 = 32;

/// Keyframes, in the order of time.
#[derive(Debug)]
pub struct Keyframes {
    peak_at: u64,
    /// Operations between two regular ones.
    every: u64,
    has_times: bool,
    /// Blocks of one keyframe, at most.
    most: usize,
    frames: Vec<Frame>,
    thinned: u64,
}

/// All blocks of a moment.
#[derive(Debug)]
struct Frame {
    kind: &'static str,
    operation: u64,
    time: u64,
    blocks: Vec<FrameBlock>,
}

#[derive(Clone, Copy, Debug)]
struct FrameBlock {
    offset: u32,
    extent: u32,
    size: u32,
    state: u8,
    owner: Option<u32>,
    birth: u64,
}

impl Keyframes {
    pub fn new(plan: &Plan) -> Self {
        let budget = BLOCKS / plan.thrift.max(1) as usize;
        // Some free blocks lie between the live ones. Three are kept in any case.
        let expected = plan.slots + plan.slots / 4 + 16;
        let regular = ((budget / expected) as u64).saturating_sub(3).min(REGULAR);
        Self {
            peak_at: plan.peak_at,
            every: plan.expected.div_ceil(regular + 1).max(1),
            has_times: plan.has_times,
            most: budget / 3,
            frames: Vec::new(),
            thinned: 0,
        }
    }

    /// Whether the moment is kept, and as what.
    pub fn kind(&self, done: u64, when: When) -> Option<&'static str> {
        match when {
            When::Failure => Some("failure"),
            When::End if done == self.peak_at => Some("peak"),
            When::End => Some("end"),
            When::Between if done == self.peak_at => Some("peak"),
            When::Between if done.is_multiple_of(self.every) => Some("regular"),
            When::Between => None,
        }
    }

    /// Keeps the moment. O(blocks).
    pub fn take(
        &mut self,
        kind: &'static str,
        operation: u64,
        time: u64,
        blocks: &[BlockInfo],
        live: &Live,
    ) {
        if kind == "failure" {
            // The moment may have been kept already, but as less.
            self.frames.pop_if(|last| last.operation == operation);
        }
        let known = blocks.iter().filter_map(|info| FrameBlock::new(info, live));
        let mut blocks: Vec<FrameBlock> = known.collect();
        if blocks.len() > self.most {
            blocks = thinned(&blocks, self.most);
            self.thinned += 1;
        }
        self.frames.push(Frame {
            kind,
            operation,
            time,
            blocks,
        });
    }

    /// As the page has them, and what is left out of them.
    pub fn finish(
        self,
        owners: &[Owner],
        names: &mut Names<'_>,
        blob: &mut Blob,
    ) -> (Vec<Keyframe>, Vec<String>) {
        let notes = (self.thinned > 0).then(|| {
            format!(
                "in {} moments neighbouring blocks are shown as one, more than {} being too many",
                self.thinned, self.most
            )
        });
        let frames = self.frames.iter();
        let frames = frames.map(|frame| frame.keyframe(self.has_times, owners, names, blob));
        (frames.collect(), notes.into_iter().collect())
    }
}

impl FrameBlock {
    fn new(info: &BlockInfo, live: &Live) -> Option<Self> {
        let object = match info.state {
            State::Used => live.at(info.offset),
            _ => None,
        };
        let state = match info.state {
            State::Free => 0,
            State::Used if info.in_slab => 3,
            State::Used => 1,
            State::Slab => 2,
            _ => return None,
        };
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Some(Self {
            offset: number(info.offset),
            extent: number(info.size),
            size: object.map_or(number(info.payload), |object| object.size),
            state,
            owner: object.map(|object| object.owner),
            birth: object.map_or(0, |object| object.birth),
        })
    }
}

/// Blocks of which at most so many are left: runs of neighbours that are used become one, which is
/// that of their largest, and so do those that are free.
fn thinned(blocks: &[FrameBlock], most: usize) -> Vec<FrameBlock> {
    let run = blocks.len().div_ceil(most.max(1));
    let join = |blocks: &[FrameBlock]| {
        let largest = blocks.iter().max_by_key(|block| block.extent).copied();
        let extents = blocks.iter().map(|block| block.extent);
        largest.map(|largest| FrameBlock {
            offset: blocks[0].offset,
            extent: extents.fold(0, u32::saturating_add),
            ..largest
        })
    };
    blocks.chunks(run).filter_map(join).collect()
}

impl Frame {
    fn keyframe(
        &self,
        has_times: bool,
        owners: &[Owner],
        names: &mut Names<'_>,
        blob: &mut Blob,
    ) -> Keyframe {
        let blocks = || self.blocks.iter();
        let owner = |block: &FrameBlock| Some(owners[block.owner? as usize]);
        Keyframe {
            operation: self.operation,
            time: has_times.then_some(self.time),
            kind: self.kind,
            pool: blob.row(blocks().map(|_| 0_u8)),
            offset: blob.row(blocks().map(|block| block.offset)),
            extent: blob.row(blocks().map(|block| block.extent)),
            size: blob.row(blocks().map(|block| block.size)),
            state: blob.row(blocks().map(|block| block.state)),
            stack: blob.row(blocks().map(|block| owner(block).map_or(0, |of| names.stack(of.0)))),
            task: blob.row(blocks().map(|block| {
                let task = owner(block).and_then(|of| names.task(of.1));
                task.map_or(0, |task| task as u16 + 1)
            })),
            birth: blob.row(blocks().map(|block| block.birth as f64)),
        }
    }
}
