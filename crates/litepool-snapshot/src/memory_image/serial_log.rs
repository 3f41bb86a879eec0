//! Core dumps that a device printed on its console, among everything else that it printed.
//!
//! Zephyr prints hexadecimal lines behind `#CD:`, between `#CD:BEGIN#` and `#CD:END#`
//! (`coredump_backend_logging.c`, `coredump_serial_log_parser.py`); ESP-IDF prints base64 between
//! two lines (`core_dump_uart.c`), and its tools store those lines alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::text::{behind, contains, hex, lines};
use super::{Fault, esp};

const ZEPHYR: &[u8] = b"#CD:";
const ZEPHYR_BEGIN: &[u8] = b"BEGIN#";
const ZEPHYR_END: &[u8] = b"END#";
const ZEPHYR_ERROR: &[u8] = b"ERROR";
const ESP_START: &[u8] = b"= CORE DUMP START =";
const ESP_END: &[u8] = b"= CORE DUMP END =";

/// A core dump that stood in a log.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// That there was a choice.
    pub(super) remark: Option<String>,
}

pub(super) fn has_zephyr(log: &[u8]) -> bool {
    contains(log, &[ZEPHYR, ZEPHYR_BEGIN].concat())
}

/// Is there a core dump of ESP-IDF between its two lines, or does the text begin like one?
pub(super) fn has_esp(log: &[u8]) -> bool {
    contains(log, ESP_START) || is_bare_esp(log)
}

/// Does this begin with the base64 of a core dump's header?
fn is_bare_esp(log: &[u8]) -> bool {
    let first = log
        .trim_ascii_start()
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    STANDARD
        .decode(first)
        .is_ok_and(|header| esp::is_header(&header))
}

/// The last complete dump of Zephyr in a log.
pub(super) fn zephyr(log: &[u8]) -> Result<Decoded, Fault> {
    let mut dumps = Dumps::default();
    for (number, line) in lines(log) {
        let Some(text) = behind(line, ZEPHYR) else {
            continue;
        };
        if text.starts_with(ZEPHYR_BEGIN) {
            dumps.begin(number);
        } else if text.starts_with(ZEPHYR_END) {
            dumps.end();
        } else if text.starts_with(ZEPHYR_ERROR) {
            dumps.add(number, Err("the device could not write its dump".into()));
        } else {
            dumps.add(number, hexadecimal(text));
        }
    }
    dumps.last_complete("#CD:END#")
}

/// The last complete dump of ESP-IDF in a log.
pub(super) fn esp(log: &[u8]) -> Result<Decoded, Fault> {
    let mut dumps = Dumps::default();
    let is_bare = is_bare_esp(log);
    if is_bare {
        dumps.begin(1);
    }
    for (number, line) in lines(log) {
        if behind(line, ESP_START).is_some() {
            dumps.begin(number);
        } else if behind(line, ESP_END).is_some() {
            dumps.end();
        } else if let Some(text) = line.split(u8::is_ascii_whitespace).rfind(|t| !t.is_empty()) {
            // In front of it, a monitor may have put the time.
            let bytes = STANDARD
                .decode(text)
                .map_err(|_| format!("{:?} is not base64", String::from_utf8_lossy(text)));
            dumps.add(number, bytes);
        }
    }
    if is_bare {
        dumps.end();
    }
    dumps.last_complete("CORE DUMP END")
}

/// The dumps of a log.
#[derive(Default)]
struct Dumps {
    /// How many began.
    begun: u64,
    /// The one that has begun and not ended: its first line, and its bytes or what is wrong.
    open: Option<(u64, Result<Vec<u8>, Fault>)>,
    /// The last one that is complete.
    complete: Option<(u64, Vec<u8>)>,
    /// What is wrong with the last one that is not.
    broken: Option<Fault>,
}

impl Dumps {
    fn begin(&mut self, line: u64) {
        self.cut_off("the next one begins");
        self.begun += 1;
        self.open = Some((line, Ok(Vec::new())));
    }

    /// Adds what a line says, if it is inside a dump.
    fn add(&mut self, line: u64, part: Result<Vec<u8>, String>) {
        if let Some((_, dump @ Ok(_))) = &mut self.open {
            match (part, &mut *dump) {
                (Ok(part), Ok(bytes)) => bytes.extend(part),
                (Err(what), _) => *dump = Err(Fault::line(line, what)),
                (_, Err(_)) => {}
            }
        }
    }

    fn end(&mut self) {
        match self.open.take() {
            Some((line, Ok(bytes))) => self.complete = Some((line, bytes)),
            Some((_, Err(fault))) => self.broken = Some(fault),
            None => {}
        }
    }

    /// The dump that has begun does not end.
    fn cut_off(&mut self, why: &str) {
        if let Some((line, dump)) = self.open.take() {
            let what = format!("the core dump that begins here is cut off: {why}");
            self.broken = Some(dump.err().unwrap_or_else(|| Fault::line(line, what)));
        }
    }

    fn last_complete(mut self, end: &str) -> Result<Decoded, Fault> {
        self.cut_off(&format!("there is no {end}"));
        let Some((line, bytes)) = self.complete else {
            return Err(self
                .broken
                .unwrap_or_else(|| Fault::whole("there is no core dump in this log")));
        };
        let broken = self.broken.map(|fault| format!("; not complete: {fault}"));
        let remark = (self.begun > 1).then(|| {
            format!(
                "the last complete core dump of {} in this log, from line {line}{}",
                self.begun,
                broken.unwrap_or_default()
            )
        });
        Ok(Decoded { bytes, remark })
    }
}

/// The bytes of a line of hexadecimal digits, which white space or a change of colour may end.
fn hexadecimal(text: &[u8]) -> Result<Vec<u8>, String> {
    let end = text
        .iter()
        .position(|&byte| byte <= b' ')
        .unwrap_or(text.len());
    hex(&text[..end]).ok_or_else(|| {
        let text = String::from_utf8_lossy(&text[..end.min(80)]);
        format!("{text:?} is not pairs of hexadecimal digits: bytes are lost or damaged")
    })
}

#[cfg(test)]
mod tests;
