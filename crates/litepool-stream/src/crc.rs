//! CRC-32 as in zlib and PNG (polynomial 0x04C11DB7, reflected), a nibble at a time: a table of 64
//! bytes, which a small device can spare, and fast enough for any serial line on a desk.

/// What becomes of each value of the low four bits.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut value = 0;
    while value < 16 {
        let (mut remainder, mut bit) = (value, 0);
        while bit < 4 {
            remainder = (remainder >> 1) ^ (0xEDB8_8320 * (remainder & 1));
            bit += 1;
        }
        table[value as usize] = remainder;
        value += 1;
    }
    table
};

/// The checksum of `bytes`.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = (crc >> 4) ^ TABLE[crc as usize % 16];
        (crc >> 4) ^ TABLE[crc as usize % 16]
    })
}
