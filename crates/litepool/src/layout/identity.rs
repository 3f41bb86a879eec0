//! A layout is stated in the first words of a pool, and read from them.
//!
//! ```text
//!    0  | "L" | "p" | version | bits of a size |
//!    4  | algorithm, joined, hardened | granule, step of the map | sites, owner | classes, flags |
//!    8  | granules                                                                           |
//! ```

use super::{Algorithm, Choices, EXTENT, Layout, RecordLayout, Rows, SLAB_STATE, SlabLayout};
use crate::memory::{Memory, WORD};

/// The version of what is described here. A pool of another one is refused, never misread.
pub const VERSION: u8 = 2;
const MAGIC: [u8; 2] = *b"Lp";
/// Version 1 began with these, and had its version in the third word.
const MAGIC_BEFORE: [u8; 2] = *b"LP";
/// In the second word: the pool was last opened with [`Check::Hardened`](crate::Check).
const HARDENED: u32 = 1 << 7;

/// Why memory is no pool that this version reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unreadable {
    /// It does not begin as a pool does, or what follows can't be true.
    NotAPool,
    /// It is a pool of another version.
    Version(u8),
}

impl Layout {
    /// The first two words of a pool.
    const fn identity(&self) -> [u32; 2] {
        const fn flag(is_set: bool, bit: u8) -> u8 {
            (is_set as u8) << bit
        }
        let Choices { slab, record, .. } = self.choices;
        let sites = match record.sites {
            Some(sites) => 1 + sites,
            None => 0,
        };
        let [l, p] = MAGIC;
        [
            u32::from_le_bytes([l, p, VERSION, self.choices.size_bits as u8]),
            u32::from_le_bytes([
                self.choices.algorithm as u8
                    | flag(self.choices.joined, 6)
                    | flag(self.choices.hardened, 7),
                self.choices.granule as u8 | (slab.place_shift - SlabLayout::LEAST_SHIFT) << 4,
                sites | flag(record.owner.is_some(), 7),
                slab.classes | flag(slab.expands, 6) | flag(slab.keeps_empty, 7),
            ]),
        ]
    }

    /// States the layout at the base of a pool of `granules`.
    pub fn write(&self, memory: &Memory, granules: u32) {
        let [first, second] = self.identity();
        memory.store(0, first);
        memory.store(WORD, second);
        memory.store(EXTENT, granules);
        if let Some(rows) = self.choices.record.owner {
            memory.store(self.track_state, rows.word());
        }
    }

    /// Does a pool of this layout and of `granules` begin here?
    #[must_use]
    pub fn is_stated(&self, memory: &Memory, granules: u32) -> bool {
        let rows = self.choices.record.owner;
        let [first, second] = self.identity();
        // How much is proved may differ from one user of the pool to the next.
        let differs = (memory.load(WORD) ^ second) & !HARDENED;
        memory.load(0) == first
            && differs == 0
            && memory.load(EXTENT) == granules
            && rows.is_none_or(|rows| memory.load(self.track_state) == rows.word())
    }

    /// What the pool that begins here says of itself, and how many granules it has.
    ///
    /// # Errors
    ///
    /// [`Unreadable`]; nothing behind the memory is read.
    pub fn read(memory: &Memory) -> Result<(Self, u32), Unreadable> {
        if (memory.size() as usize) < SLAB_STATE {
            return Err(Unreadable::NotAPool);
        }
        let [l, p, version, size_bits] = memory.load(0).to_le_bytes();
        if [l, p] == MAGIC_BEFORE {
            return Err(Unreadable::Version(memory.load_byte(2 * WORD)));
        }
        if [l, p] != MAGIC {
            return Err(Unreadable::NotAPool);
        }
        if version != VERSION {
            return Err(Unreadable::Version(version));
        }
        let [algorithm, units, record, slab] = memory.load(WORD).to_le_bytes();
        let granule = usize::from(units & 0xF);
        let place_shift = (units >> 4) + SlabLayout::LEAST_SHIFT;
        let known = (6..=29).contains(&size_bits) && (granule == 4 || granule == 8);
        let algorithm_of = || match algorithm & 0xF {
            1 => Some(Algorithm::Tlsf),
            2 => Some(Algorithm::BestFit),
            3 => Some(Algorithm::BestFitLittle),
            _ => None,
        };
        let sites = record & 0x7F;
        if !known || sites > 5 {
            return Err(Unreadable::NotAPool);
        }
        let mut choices = Choices {
            algorithm: algorithm_of().ok_or(Unreadable::NotAPool)?,
            size_bits: u32::from(size_bits),
            granule,
            hardened: algorithm & 1 << 7 != 0,
            record: RecordLayout {
                owner: None,
                sites: sites.checked_sub(1),
            },
            slab: SlabLayout {
                classes: slab & 0x3F,
                expands: slab & 1 << 6 != 0,
                keeps_empty: slab & 1 << 7 != 0,
                place_shift,
            },
            joined: algorithm & 1 << 6 != 0,
        };
        if record & 1 << 7 != 0 {
            // Where the numbers of rows stand does not depend on them.
            let rows = Self::of(choices).track_state;
            if rows + WORD > memory.size() as usize {
                return Err(Unreadable::NotAPool);
            }
            let rows = Rows::of(memory.load(rows)).ok_or(Unreadable::NotAPool)?;
            choices.record.owner = Some(rows);
        }
        Ok((Self::of(choices), memory.load(EXTENT)))
    }
}

impl Rows {
    /// Both numbers, and their complements, in a word; a byte of the complement of the tasks.
    const fn word(self) -> u32 {
        let [low, high] = self.tasks.to_le_bytes();
        u32::from_le_bytes([low, high, self.modules, !(low ^ high ^ self.modules)])
    }

    fn of(word: u32) -> Option<Self> {
        let [low, high, modules, _] = word.to_le_bytes();
        let rows = Self {
            tasks: u16::from_le_bytes([low, high]),
            modules,
        };
        (rows.word() == word).then_some(rows)
    }
}
