//! Sizes as people write and read them.

#[cfg(test)]
mod tests;

/// Reads a size in bytes: decimal or `0x` hexadecimal, `_` and `,` between digits, and a suffix K, M or G
/// (powers of 1024; `KiB` and `KB` mean the same).
///
/// # Errors
/// A sentence that says what a size looks like.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong =
        || format!("`{text}` is not a size; write bytes or a multiple: 65536, 64K, 1M, 0x4000");
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, '_' | ','))
        .collect();
    if let Some(digits) = plain
        .strip_prefix("0x")
        .or_else(|| plain.strip_prefix("0X"))
    {
        return u64::from_str_radix(digits, 16).map_err(|_| wrong());
    }
    let split = plain
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(plain.len());
    let (digits, suffix) = plain.split_at(split);
    let shift = match suffix.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number
        .checked_mul(1 << shift)
        .ok_or_else(|| format!("`{text}` is too large for a size"))
}

/// Reads a percentage, with or without the sign: `10`, `12.5%`.
///
/// # Errors
/// A sentence that says what is accepted.
pub(crate) fn parse_percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse::<f64>() {
        Ok(value) if (0.0..=1000.0).contains(&value) => Ok(value),
        _ => Err(format!("`{text}` is not a percentage between 0 and 1000")),
    }
}

/// Reads a time with its unit, in microseconds: `300ms`, `2.5s`, `4min`, `1.5h`.
pub(crate) fn parse_time(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "us" | "µs" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "min" => 60e6,
        "h" => 3600e6,
        _ => return None,
    };
    let time = number.parse::<f64>().ok()? * factor;
    // Beyond this a number has no microseconds any more: 285 years.
    (time < 9e15).then_some(time.round() as u64)
}

/// A whole number with thousands separators: `98,304`.
pub(crate) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 thread`, `2 threads`.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// A part of a whole in per cent: `12.5 %`; of nothing: a dash.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        "-".into()
    } else {
        format!("{:.1} %", 100.0 * part as f64 / whole as f64)
    }
}

/// A time in microseconds, in the unit that suits it: `850 µs`, `12.5 ms`, `3.20 s`.
pub(crate) fn microseconds(time: u64) -> String {
    match time {
        0..1_000 => format!("{time} µs"),
        1_000..1_000_000 => format!("{:.1} ms", time as f64 / 1e3),
        _ => format!("{:.2} s", time as f64 / 1e6),
    }
}
