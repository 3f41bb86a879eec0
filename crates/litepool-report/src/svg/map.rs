//! The map: the pool's addresses over time.

use super::axis::{Scale, count, size, size_ticks, ticks};
use super::colours::{Colouring, Holder, rgb};
use super::drawing::{Anchor, Drawing, Short, clipped};
use super::png::Image;
use super::{LEFT, RIGHT};
use crate::blob::Blob;
use crate::model::{Map, Source};
use crate::report::base64;

/// Title and legend.
const HEAD: f64 = 92.0;
const PLOT: f64 = 384.0;
/// As many cells as the plot has pixels.
const MOST_COLUMNS: usize = (RIGHT - LEFT) as usize;
const MOST_ROWS: usize = PLOT as usize;
/// Of the image, before it becomes text, which is a third longer.
const LARGEST: usize = 138 << 10;
/// How much of a cell is used, in steps of its opacity.
const LEVELS: usize = 8;
/// The opacity of a cell of which next to nothing is used.
const FAINTEST: usize = 70;

/// The map of a source.
pub(super) fn map(source: &Source, map: &Map, blob: &Blob) -> Option<String> {
    let cells = Cells::read(map, blob)?;
    let colouring = Colouring::of(source, &cells.holders(map));
    let image = image(source, map, &cells, &colouring)?;

    let pool = source.pools.first();
    let size_of_pool = pool.map_or(0, |pool| pool.size);
    let title = format!("Memory of {} over time", source.name);
    let mut drawing = Drawing::default();
    drawing.text((LEFT, 28.0), Anchor::Start, "head", &clipped(&title, 90));
    legend(&mut drawing, &colouring);
    let (top, bottom) = (HEAD, HEAD + PLOT);
    drawing.rect((LEFT, top), (RIGHT - LEFT, PLOT), "plot");

    let end = source
        .failure
        .as_ref()
        .map_or(source.operations, |failure| failure.operation);
    let (across, up) = (
        Scale::new(end, LEFT, RIGHT),
        Scale::new(size_of_pool, bottom, top),
    );
    drawing.image((LEFT, top), (RIGHT - LEFT, PLOT), &base64(&image));
    for offset in size_ticks(size_of_pool, 8) {
        let y = up.at(offset as f64);
        drawing.line((LEFT - 5.0, y), (LEFT, y), "frame");
        drawing.text((LEFT - 9.0, y + 4.0), Anchor::End, "small", &size(offset));
    }
    for operation in ticks(end, 8) {
        let x = across.at(operation as f64);
        drawing.line((x, bottom), (x, bottom + 5.0), "frame");
        drawing.text(
            (x, bottom + 19.0),
            Anchor::Middle,
            "small",
            &count(operation),
        );
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    drawing.text(
        (middle, bottom + 38.0),
        Anchor::Middle,
        "small",
        "operations",
    );
    drawing.rect((LEFT, top), (RIGHT - LEFT, PLOT), "frame");

    let mut description = format!(
        "Offsets in the pool of {} bytes, from the bottom up, over {} operations.",
        count(size_of_pool),
        count(end)
    );
    let mut height = bottom + 52.0;
    if let Some(failure) = &source.failure {
        drawing.line((RIGHT, top - 4.0), (RIGHT, bottom), "fail");
        let (x, y) = (Short(RIGHT), Short(top));
        drawing.path(&format!("M{x},{y}l-6,-11h12z"), "mark");
        let text = format!(
            "operation {}: no {} bytes; {} are free, at most {} together",
            count(failure.operation),
            count(failure.request),
            count(failure.free),
            count(failure.largest_free)
        );
        drawing.text((RIGHT, bottom + 60.0), Anchor::End, "bad", &text);
        description = format!("{description} At {text}.");
        height += 24.0;
    }
    Some(drawing.finish(height, &title, &description))
}

/// Colours and names, in two rows.
pub(super) fn legend(drawing: &mut Drawing, colouring: &Colouring) {
    let (mut x, mut y) = (LEFT, 54.0);
    let what = format!("{}:", colouring.what);
    drawing.text((x, y), Anchor::Start, "small", &what);
    x += 10.0 + 6.2 * what.chars().count() as f64;
    for (name, colour) in &colouring.categories {
        let name = clipped(name, 34);
        let width = 34.0 + 6.5 * name.chars().count() as f64;
        if x + width > RIGHT && y < 70.0 {
            (x, y) = (LEFT, y + 22.0);
        }
        if x + width > RIGHT + 20.0 {
            // The rest is found in the page.
            continue;
        }
        drawing.swatch((x, y - 10.0), colour);
        drawing.text((x + 17.0, y), Anchor::Start, "small", &name);
        x += width;
    }
}

/// Colours of the pixels: nothing, and each category in its steps of opacity.
pub(super) fn palette(colouring: &Colouring) -> Vec<[u8; 4]> {
    let mut palette = vec![[0; 4]];
    for (_, colour) in &colouring.categories {
        let [red, green, blue] = rgb(colour);
        palette.extend((1..=LEVELS).map(|level| {
            let alpha = FAINTEST + (255 - FAINTEST) * (level - 1) / (LEVELS - 1);
            [red, green, blue, alpha as u8]
        }));
    }
    palette
}

/// The index of a colour. `used`: how much of the cell, 0 to 255.
pub(super) fn pixel(category: usize, used: u8) -> u8 {
    if used == 0 {
        return 0;
    }
    (1 + category * LEVELS + usize::from(used) * LEVELS / 256) as u8
}

/// The rows of a map.
struct Cells {
    columns: usize,
    rows: usize,
    used: Vec<u8>,
    owner: Vec<u16>,
    size: Vec<u8>,
}

impl Cells {
    fn read(map: &Map, blob: &Blob) -> Option<Self> {
        let (columns, rows) = (map.columns as usize, map.rows as usize);
        let cells = Self {
            columns,
            rows,
            used: blob.numbers(map.used).collect(),
            owner: blob.numbers(map.owner).collect(),
            size: blob.numbers(map.size).collect(),
        };
        let all = columns.checked_mul(rows)?;
        let is_whole = [cells.used.len(), cells.owner.len(), cells.size.len()] == [all; 3];
        (all > 0 && is_whole).then_some(cells)
    }

    /// Who has a cell; `None`: the heap itself, or nobody.
    fn holder(&self, map: &Map, cell: usize) -> Option<Holder> {
        let owner = self.owner[cell];
        let &(stack, task) = map.owners.get(usize::from(owner)).filter(|_| owner > 0)?;
        let size = self.size[cell];
        Some(Holder { stack, task, size })
    }

    /// Owners and their cells.
    fn holders(&self, map: &Map) -> Vec<(Holder, u64)> {
        let mut counts = vec![0; map.owners.len()];
        for &owner in &self.owner {
            if let Some(count) = counts.get_mut(usize::from(owner)) {
                *count += 1;
            }
        }
        let owners = map.owners.iter().zip(counts).skip(1);
        let holder = |(stack, task)| Holder {
            stack,
            task,
            size: 0,
        };
        owners
            .map(|(&owner, count)| (holder(owner), count))
            .collect()
    }
}

/// The image, with as many cells as are below the largest size.
fn image(source: &Source, map: &Map, cells: &Cells, colouring: &Colouring) -> Option<Vec<u8>> {
    let (mut width, mut height) = (cells.columns.min(MOST_COLUMNS), cells.rows.min(MOST_ROWS));
    loop {
        let png = drawn(source, map, cells, colouring, (width, height)).png()?;
        if png.len() <= LARGEST || (width < 64 && height < 64) {
            return Some(png);
        }
        if width > 2 * height {
            width = width / 4 * 3;
        } else {
            height = height / 4 * 3;
        }
    }
}

fn drawn(
    source: &Source,
    map: &Map,
    cells: &Cells,
    colouring: &Colouring,
    (width, height): (usize, usize),
) -> Image {
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        // The lowest address is at the bottom.
        let above = height - y;
        let rows = (above - 1) * cells.rows / height..(above * cells.rows).div_ceil(height);
        for x in 0..width {
            // As it is at the end of what the pixel shows.
            let column = (x + 1) * cells.columns / width - 1;
            let of_column = rows.clone().map(|row| column * cells.rows + row);
            let cell = of_column.max_by_key(|&cell| cells.used[cell]).unwrap_or(0);
            let holder = cells.holder(map, cell);
            pixels.push(match cells.used[cell] {
                0 => 0,
                used => pixel(colouring.category(source, holder.as_ref()), used),
            });
        }
    }
    Image {
        width,
        height,
        pixels,
        palette: palette(colouring),
    }
}
