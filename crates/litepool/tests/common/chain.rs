//! The chain of blocks as a stranger reads it from a pool's bytes: after the description of the
//! format, without litepool's code.
//!
//! ```text
//!   31    30             29       28 ........ n   n-1 ......... 0
//!   used  previous free  aligned  seal            size, granules        n: bits of a size
//! ```

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Where its payload begins.
    pub offset: usize,
    /// Bytes, from its header to the next one.
    pub size: usize,
    pub is_used: bool,
}

/// The word at `offset`.
pub fn word(pool: &[u8], offset: usize) -> u32 {
    u32::from_ne_bytes(pool[offset..offset + 4].try_into().unwrap())
}

/// The end of a block, modulo one less than 2 to as many bits as the size leaves: the upper bits of
/// what the division leaves behind the point. Of one bit, the parity of its place and its size.
pub fn seal(start: u32, size: u32, size_bits: u32) -> u32 {
    match 29 - size_bits {
        0 => 0,
        1 => (start.count_ones() + size.count_ones()) % 2,
        bits => (start + size).wrapping_mul(u32::MAX / ((1 << bits) - 1)) >> (32 - bits),
    }
}

/// Reads the chain of a pool whose first block's payload begins at `first`. Asserts all that a
/// header and a footer say.
pub fn chain(pool: &[u8], first: usize) -> Vec<Piece> {
    let (size_bits, granule) = (u32::from(pool[3]), usize::from(pool[5] & 0xF));
    let mut pieces: Vec<Piece> = Vec::new();
    let mut offset = first;
    loop {
        let header = word(pool, offset - 4);
        let size = (header & ((1 << size_bits) - 1)) as usize * granule;
        let is_used = header >> 31 == 1;
        let is_aligned = header >> 29 & 1 == 1;
        let is_behind_free = pieces.last().is_some_and(|before| !before.is_used);
        assert_eq!(
            header >> 30 & 1 == 1,
            is_behind_free,
            "previous is free, at {offset}"
        );
        if is_behind_free {
            let before = pieces.last().unwrap();
            assert_eq!(
                word(pool, offset - 8) as usize,
                before.size / granule,
                "the footer"
            );
            assert!(is_used, "two free blocks side by side, at {offset}");
        }
        if !is_aligned {
            let (start, size) = ((offset / granule) as u32, (size / granule) as u32);
            let expected = seal(start, size, size_bits);
            let found = (header & ((1 << 29) - 1)) >> size_bits;
            assert_eq!(found, expected, "the seal, at {offset}");
        } else {
            assert!(is_used, "an aligned block is used, at {offset}");
        }
        if offset >= pool.len() / granule * granule {
            assert_eq!(
                (offset, size, is_used),
                (pool.len(), 0, true),
                "the end block"
            );
            return pieces;
        }
        assert!(size > 0, "a size, at {offset}");
        pieces.push(Piece {
            offset,
            size,
            is_used,
        });
        offset += size;
    }
}
