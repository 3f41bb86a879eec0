//! Figures drawn with text: bars and sparklines.

#[cfg(test)]
mod tests;

const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A horizontal bar: `part` of `whole` is drawn as that share of `width` columns, to an eighth of a column.
/// Anything above zero is seen.
pub(crate) fn bar(part: u64, whole: u64, width: usize) -> String {
    if part == 0 || whole == 0 {
        return String::new();
    }
    let eighths = (part as f64 / whole as f64 * (width * 8) as f64)
        .round()
        .max(1.0) as usize;
    let mut text = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        text.push(EIGHTHS[eighths % 8 - 1]);
    }
    text
}

/// A line of `width` columns at most, each the largest of the values that fall into it, from 0 to `top`.
pub(crate) fn sparkline(values: &[f64], top: f64, width: usize) -> String {
    let columns = values.len().min(width);
    (0..columns)
        .map(|column| {
            let from = column * values.len() / columns;
            let to = (column + 1) * values.len() / columns;
            let highest = values[from..to].iter().copied().fold(0.0, f64::max);
            let level = if top > 0.0 {
                (highest / top * 7.0).round()
            } else {
                0.0
            };
            LEVELS[level.clamp(0.0, 7.0) as usize]
        })
        .collect()
}
