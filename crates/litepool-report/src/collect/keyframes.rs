//! Which moments are kept with all their blocks.

use litepool::{BlockInfo, State};

use super::live::Live;
use super::owners::PageOwners;
use super::{Plan, When};
use crate::blob::Blob;
use crate::keyframe::{FREE, FrameBlock, OBJECT, SLAB, USED, keyframe, thinned};
use crate::model::Keyframe;

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

impl Keyframes {
    pub fn new(plan: &Plan) -> Self {
        let budget = BLOCKS / plan.thrift.max(1) as usize;
        // Some free blocks lie between the live ones. Peak, failure and end are kept in any case.
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
            _ if done == self.peak_at => Some("peak"),
            When::End => Some("end"),
            When::Between => done.is_multiple_of(self.every).then_some("regular"),
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
        // It may have been kept already, but as less.
        self.frames.pop_if(|last| last.operation == operation);
        let known = blocks.iter().filter_map(|info| block(info, live));
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
    pub fn finish(self, owners: &PageOwners, blob: &mut Blob) -> (Vec<Keyframe>, Option<String>) {
        let note = (self.thinned > 0).then(|| {
            format!(
                "neighbouring blocks are shown as one in {} moments: they had more than {} blocks",
                self.thinned, self.most
            )
        });
        let owner = |owner: u32| owners.all[owners.of[owner as usize] as usize];
        let frames = self.frames.iter().map(|frame| {
            let time = self.has_times.then_some(frame.time);
            keyframe(
                frame.kind,
                frame.operation,
                time,
                &frame.blocks,
                owner,
                blob,
            )
        });
        (frames.collect(), note)
    }
}

/// A block as it is kept. What is no block is not.
fn block(info: &BlockInfo, live: &Live) -> Option<FrameBlock> {
    let object = match info.state {
        State::Used => live.at(info.offset),
        _ => None,
    };
    let state = match info.state {
        State::Free => FREE,
        State::Used if info.in_slab => OBJECT,
        State::Used => USED,
        State::Slab => SLAB,
        _ => return None,
    };
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(FrameBlock {
        pool: 0,
        offset: number(info.offset),
        extent: number(info.size),
        size: object.map_or(number(info.payload), |object| object.size),
        state,
        owner: object.map(|object| object.owner),
        birth: object.map_or(0, |object| object.birth),
    })
}
