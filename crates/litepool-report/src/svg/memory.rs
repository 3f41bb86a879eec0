//! The pools of a dump: their memory at one moment, row below row.

use super::axis::count;
use super::colours::{Colouring, Holder};
use super::drawing::{Anchor, Drawing, clipped};
use super::map::{legend, palette, pixel};
use super::png::Image;
use super::{LEFT, RIGHT};
use crate::blob::Blob;
use crate::model::{Keyframe, PoolFacts, Source};
use crate::report::base64;

/// Title and legend.
const HEAD: f64 = 92.0;
const ROW: f64 = 15.0;
/// Rows of a pool, and pools.
const MOST_ROWS: u64 = 24;
const MOST_POOLS: usize = 8;
/// Bytes of a row of the smallest pool.
const LEAST: u64 = 64;
/// Defects that are told.
const MOST_DEFECTS: usize = 8;
/// Pixels of a row.
const PIXELS: usize = (RIGHT - LEFT) as usize;
/// How much of the last pixel of a block is painted: the next one begins there.
const EDGE: u8 = 96;

/// A block of a keyframe.
#[derive(Clone, Copy)]
struct Block {
    pool: u8,
    /// Its payload's first byte in the pool, and how many bytes it has in all.
    offset: u64,
    extent: u64,
    state: u8,
    holder: Holder,
}

/// The memory of a dump's pools; `None`: there is no pool.
pub(super) fn memory(source: &Source, blob: &Blob) -> Option<String> {
    let frame = source.keyframes.first()?;
    let blocks = read(frame, blob);
    let holders = blocks.iter().filter(|block| block.state & 1 == 1);
    let holders: Vec<_> = holders.map(|block| (block.holder, block.extent)).collect();
    let colouring = Colouring::of(source, &holders);

    let title = format!("Memory of {}", source.name);
    let mut drawing = Drawing::default();
    drawing.text((LEFT, 28.0), Anchor::Start, "head", &clipped(&title, 90));
    legend(&mut drawing, &colouring);
    let (mut top, mut description) = (HEAD, Vec::new());
    for (index, pool) in source.pools.iter().enumerate().take(MOST_POOLS) {
        let of_pool = blocks
            .iter()
            .filter(|block| usize::from(block.pool) == index);
        let strip = Strip::new(source, pool, of_pool, &colouring);
        let text = caption(pool);
        drawing.text((LEFT, top + 14.0), Anchor::Start, "", &text);
        description.push(text);
        top = strip.draw(&mut drawing, top + 24.0)?;
        top = defects(&mut drawing, pool, top, &mut description) + 14.0;
    }
    Some(drawing.finish(top, &title, &description.join(". ")))
}

fn read(frame: &Keyframe, blob: &Blob) -> Vec<Block> {
    let long = |row| blob.numbers::<u32>(row);
    let mut tasks = blob.numbers::<u16>(frame.task);
    let mut stacks = long(frame.stack);
    let mut states = blob.numbers::<u8>(frame.state);
    let mut extents = long(frame.extent);
    let pools = blob.numbers::<u8>(frame.pool).zip(long(frame.offset));
    let block = |(pool, offset): (u8, u32)| {
        let extent = extents.next()?;
        Some(Block {
            pool,
            offset: offset.into(),
            extent: extent.into(),
            state: states.next()?,
            holder: Holder {
                stack: stacks.next()?,
                task: tasks.next()?.checked_sub(1).map(u32::from),
                size: extent.max(1).ilog2() as u8,
            },
        })
    };
    pools.map_while(block).collect()
}

fn caption(pool: &PoolFacts) -> String {
    let name = if pool.name.is_empty() {
        "pool"
    } else {
        &pool.name
    };
    format!(
        "{} at {:#010x}, {} bytes: {} used, {} free, largest free block {}",
        clipped(name, 40),
        pool.base,
        count(pool.size),
        count(pool.used),
        count(pool.free),
        count(pool.largest_free)
    )
}

/// Marks them, and tells them below. Where the picture goes on.
fn defects(
    drawing: &mut Drawing,
    pool: &PoolFacts,
    top: f64,
    description: &mut Vec<String>,
) -> f64 {
    let (_, per_row) = shape(pool);
    let rows = pool.size.div_ceil(per_row) as f64;
    let mut y = top;
    for defect in pool.defects.iter().take(MOST_DEFECTS) {
        let offset = defect
            .address
            .saturating_sub(pool.base)
            .min(pool.size.saturating_sub(1));
        let row = (offset / per_row) as f64;
        let per_byte = (RIGHT - LEFT) / per_row as f64;
        let x = LEFT + (offset % per_row) as f64 * per_byte;
        let width = (defect.length as f64 * per_byte).clamp(6.0, RIGHT - x);
        drawing.rect(
            (x - 1.0, top - (rows - row) * ROW),
            (width + 2.0, ROW - 1.0),
            "fail",
        );
        y += 18.0;
        let text = format!(
            "{:#010x}: {}",
            defect.address,
            defect.what.replace('\n', " ")
        );
        drawing.text((LEFT, y), Anchor::Start, "bad", &text);
        description.push(text);
    }
    let left_out = pool.defects.len().saturating_sub(MOST_DEFECTS);
    if left_out > 0 {
        y += 18.0;
        let text = format!("and {} more defects", count(left_out as u64));
        drawing.text((LEFT, y), Anchor::Start, "bad", &text);
    }
    y
}

/// How many rows a pool has, and how many bytes a row.
fn shape(pool: &PoolFacts) -> (usize, u64) {
    let per_row = pool.size.div_ceil(MOST_ROWS).max(LEAST);
    let per_row = per_row.checked_next_power_of_two().unwrap_or(1 << 63);
    (pool.size.div_ceil(per_row).max(1) as usize, per_row)
}

/// A pool's memory, as the pixels of its rows.
struct Strip {
    base: u64,
    per_row: u64,
    image: Image,
}

impl Strip {
    fn new<'b>(
        source: &Source,
        pool: &PoolFacts,
        blocks: impl Iterator<Item = &'b Block>,
        colouring: &Colouring,
    ) -> Self {
        let (rows, per_row) = shape(pool);
        let mut pixels = vec![0; rows * PIXELS];
        let at = |offset: u64| (u128::from(offset) * PIXELS as u128 / u128::from(per_row)) as usize;
        let granule = u64::from(pool.granule.max(1));
        let mut paint = |start: u64, end: u64, category: usize| {
            let first = at(start).min(pixels.len());
            let last = at(end).max(first + 1).min(pixels.len());
            let Some(of_block) = pixels.get_mut(first..last) else {
                return;
            };
            of_block.fill(pixel(category, 255));
            if let [_, _, .., edge] = of_block {
                *edge = pixel(category, EDGE);
            }
        };
        let rest = colouring.categories.len() - 1;
        paint(0, pool.control_block.max(granule).min(pool.size), rest);
        for block in blocks {
            let in_slab = block.state == 3;
            let start = block.offset.saturating_sub(if in_slab { 0 } else { 4 });
            let end = start.saturating_add(block.extent).min(pool.size);
            match block.state {
                1 | 3 => paint(start, end, colouring.category(source, Some(&block.holder))),
                2 => paint(start, end, rest),
                _ => {}
            }
        }
        let palette = palette(colouring);
        let image = Image {
            width: PIXELS,
            height: rows,
            pixels,
            palette,
        };
        Self {
            base: pool.base,
            per_row,
            image,
        }
    }

    /// Where the picture goes on.
    fn draw(&self, drawing: &mut Drawing, top: f64) -> Option<f64> {
        let rows = self.image.height;
        let size = (RIGHT - LEFT, rows as f64 * ROW);
        drawing.rect((LEFT, top), size, "plot");
        drawing.image((LEFT, top), size, &base64(&self.image.png()?));
        for row in 0..rows {
            let y = top + row as f64 * ROW;
            if row > 0 {
                drawing.rect((LEFT, y - 1.0), (RIGHT - LEFT, 1.0), "page");
            }
            let address = format!("{:08x}", self.base + row as u64 * self.per_row);
            drawing.text((LEFT - 8.0, y + 11.0), Anchor::End, "small", &address);
        }
        Some(top + size.1)
    }
}
