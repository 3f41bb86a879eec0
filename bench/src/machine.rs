//! Where and with what the figures were made.

use std::fs;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::roster::Entry;

/// The circumstances of a run. No name of a person or a host is in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many of it the bench may use.
    pub processors: usize,
    /// Architecture and system of this build.
    pub target: String,
    /// Version of the compiler.
    pub compiler: String,
    /// Day of the run, UTC.
    pub date: String,
    /// Allocators and the versions of their crates.
    pub versions: Vec<(String, String)>,
}

impl Machine {
    /// Looks around.
    pub fn look(entries: &[Entry]) -> Self {
        let mut versions: Vec<(String, String)> = Vec::new();
        for entry in entries {
            let name = entry.package.unwrap_or(entry.name);
            if versions.iter().all(|(known, _)| known != name) {
                let version = entry
                    .package
                    .map_or_else(c_library, |package| locked_version(LOCK, package));
                versions.push((
                    name.to_owned(),
                    version.unwrap_or_else(|| "unknown".to_owned()),
                ));
            }
        }
        Self {
            processor: processor().unwrap_or_else(|| "unknown".to_owned()),
            processors: std::thread::available_parallelism().map_or(1, Into::into),
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            compiler: env!("BENCH_RUSTC").to_owned(),
            date: OffsetDateTime::now_utc().date().to_string(),
            versions,
        }
    }
}

/// The versions that this binary was built with.
const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));

/// Finds a package's version in a lock file. Of its build metadata only what stands before a dash is kept: the version of
/// the C library inside, without its commit.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted);
    let version = lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')?;
    Some(match version.split_once('+') {
        Some((version, metadata)) => format!("{version}+{}", metadata.split('-').next()?),
        None => version.to_owned(),
    })
}

fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(target_env = "gnu")]
fn c_library() -> Option<String> {
    // SAFETY: returns a static string that ends in a zero byte.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    Some(format!("glibc {}", version.to_str().ok()?))
}

#[cfg(not(target_env = "gnu"))]
fn c_library() -> Option<String> {
    None
}

#[cfg(test)]
mod tests;
