//! How the pools of a split are called, and what they serve.

use super::facts::PoolFacts;
use super::units::Unit;
use crate::sites::site_text;
use crate::units::count;

/// How many units of a pool are listed.
const MOST_UNITS: usize = 12;

/// The letter of a pool.
pub(super) fn letter(number: usize) -> char {
    char::from(b'A' + (number % 26) as u8)
}

/// The name of a pool in a table.
pub(super) fn label(number: usize, pool: &PoolFacts) -> String {
    let rest = if pool.serves.is_none() && number > 0 {
        ", all else"
    } else {
        ""
    };
    format!("pool {}{rest}", letter(number))
}

/// What a pool serves, a line for each unit.
pub(super) fn serves(pool: &PoolFacts) -> Vec<String> {
    let Some(units) = &pool.serves else {
        return vec!["all else".into()];
    };
    let mut lines: Vec<String> = units.iter().take(MOST_UNITS).map(unit_text).collect();
    if units.len() > MOST_UNITS {
        let more = units.len() - MOST_UNITS;
        lines.push(format!("and {more} more: see --json"));
    }
    lines
}

/// A unit in a line: `parse (json.c:80) < main (main.c:9), up to 64 bytes`.
fn unit_text(unit: &Unit) -> String {
    let sizes = match (unit.from_bytes, unit.to_bytes) {
        (0, None) => String::new(),
        (0, Some(to)) => format!("up to {} bytes", count(to)),
        (from, None) => format!("{} bytes and more", count(from)),
        (from, Some(to)) => format!("{} to {} bytes", count(from), count(to)),
    };
    let site = match &unit.site {
        None => "requests".into(),
        Some(calls) if calls.is_empty() => "all smaller sites".into(),
        Some(calls) => {
            let calls: Vec<String> = calls.iter().map(|call| site_text(Some(call))).collect();
            calls.join(" < ")
        }
    };
    match (sizes.is_empty(), unit.site.is_some()) {
        (true, _) => site,
        (false, true) => format!("{site}, {sizes}"),
        (false, false) => format!("{site} of {sizes}"),
    }
}
