//! What an image tells of the regions that it was joined with.

use super::link::{self, Link, Mark};
use crate::inspect::Image;

/// What a pool says of its place among [joined regions](crate::Regions); made by [`Image::joined`].
///
/// ```
/// use core::ptr::NonNull;
/// use litepool::{Config, Image, Regions, fit::Tlsf};
///
/// struct Device;
/// impl Config for Device {
///     type Fit = Tlsf;
///     type Record = ();
///     const GRANULE: usize = 4;
///     const REGIONS: usize = 2;
/// }
///
/// let (mut on_chip, mut external) = ([0u32; 512], [0u32; 2048]);
/// let (one, other) = (NonNull::from(&mut on_chip).cast(), NonNull::from(&mut external).cast());
/// // SAFETY: the words are ours, and nothing writes to them while the images are used.
/// let (first, second) = unsafe {
///     Regions::<Device, 1>::from_raw(one, 2048)?.add_region_raw(other, 8192)?;
///     (Image::open(one, 2048)?.joined(), Image::open(other, 8192)?.joined())
/// };
/// assert_eq!((first.number, first.count, second.number), (0, 2, 1));
/// assert!(first.is_first_of(&second));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Joined {
    /// Which region it is; 0 is the first one, and one that is alone.
    pub number: usize,
    /// Of the first region: how many there are, it included. Of a later one 0: it does not know.
    pub count: usize,
    /// Of the first region, if it is not alone: the highest number of bytes that were used of all
    /// together.
    pub peak: usize,
    mark: Mark,
    next_mark: Mark,
}

impl Joined {
    /// Was this region the next one that was joined after `previous`? Not asked of the first one,
    /// which was joined with nothing, nor of the second: any first region may come before it, so
    /// [`Joined::is_first_of`] is to be asked of the last one.
    #[must_use]
    pub fn follows(&self, previous: &Self) -> bool {
        previous.number != 0
            && self.number == previous.number + 1
            && self.mark == previous.next_mark
    }

    /// Is it the first region of those of which `last` is the last?
    #[must_use]
    pub fn is_first_of(&self, last: &Self) -> bool {
        self.count > 1 && self.count == last.number + 1 && self.mark == last.next_mark
    }
}

impl Image<'_> {
    /// What the pool says of the regions that it was joined with. A region is a pool of its own,
    /// and its image says nothing of where the others lie: whoever has their images finds out which
    /// belong together. Constant time.
    #[must_use]
    pub fn joined(&self) -> Joined {
        let (blocks, link) = (self.chain(), Link::read(self.chain()));
        let second = match self.choices().joined {
            true => link::second(blocks),
            false => 0,
        };
        let (number, count) = link.place();
        let is_one_of_many = count > 1;
        Joined {
            number,
            count,
            peak: if is_one_of_many {
                (second as usize) << blocks.layout().granule_shift
            } else {
                0
            },
            mark: link.mark(),
            next_mark: link.mark().after(second, blocks.end().0),
        }
    }
}
