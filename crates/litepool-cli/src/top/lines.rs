//! The same for machines: a line of JSON for each moment.

use anyhow::{Context, Result};

use super::view::View;

/// A line.
///
/// # Errors
/// Never: there is nothing in it that JSON has not.
pub(super) fn line(view: &View) -> Result<String> {
    let mut line = serde_json::to_string(view).context("cannot make JSON of it")?;
    line.push('\n');
    Ok(line)
}
