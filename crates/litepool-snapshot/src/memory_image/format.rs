//! Which format is it?

use super::read::Contents;
use super::{Fault, elf_core, esp, intel_hex, serial_log, srec, text, zephyr};

/// A format whose files have addresses of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Elf,
    Zephyr,
    ZephyrLog,
    Esp,
    EspLog,
    IntelHex,
    Srec,
}

impl Format {
    const ALL: [Self; 7] = [
        Self::Elf,
        Self::Zephyr,
        Self::Esp,
        Self::IntelHex,
        Self::Srec,
        Self::ZephyrLog,
        Self::EspLog,
    ];

    /// Tells the format by how the bytes begin; a log, by the line with which a dump in it begins.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let is_text = text::is_text(bytes);
        Self::ALL.into_iter().find(|format| match format {
            Self::Elf => elf_core::is_elf(bytes),
            Self::Zephyr => zephyr::is_dump(bytes),
            Self::Esp => esp::is_dump(bytes),
            Self::IntelHex => is_text && intel_hex::is_hex(bytes),
            Self::Srec => is_text && srec::is_srec(bytes),
            Self::ZephyrLog => is_text && serial_log::has_zephyr(bytes),
            Self::EspLog => is_text && serial_log::has_esp(bytes),
        })
    }

    /// What it is, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Elf => "an ELF core",
            Self::Zephyr => "a core dump of Zephyr",
            Self::ZephyrLog => "a log with a core dump of Zephyr",
            Self::Esp => "a core dump of ESP-IDF",
            Self::EspLog => "a log with a core dump of ESP-IDF",
            Self::IntelHex => "Intel HEX",
            Self::Srec => "SREC",
        }
    }

    /// Reads bytes of this format.
    pub(super) fn read(self, bytes: &[u8]) -> Result<Contents, Fault> {
        match self {
            Self::Elf => elf_core::read(bytes),
            Self::Zephyr => zephyr::read(bytes),
            Self::ZephyrLog => {
                let log = serial_log::zephyr(bytes)?;
                let mut contents = zephyr::read(&log.bytes).map_err(Fault::decoded)?;
                contents.remarks.extend(log.remark);
                Ok(contents)
            }
            Self::Esp => esp::read(bytes),
            Self::EspLog => {
                let log = serial_log::esp(bytes)?;
                let mut contents = esp::read(&log.bytes).map_err(Fault::decoded)?;
                contents.remarks.extend(log.remark);
                Ok(contents)
            }
            Self::IntelHex => intel_hex::read(bytes),
            Self::Srec => srec::read(bytes),
        }
    }
}

#[cfg(test)]
mod tests;
