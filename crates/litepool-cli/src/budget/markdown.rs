//! The report as Markdown: for the summary of a job, or a comment.

use super::check::{Checked, Of};
use super::holders::SourceLine;
use super::rows::{cells, sentence};
use super::{Report, TraceReport, TraceResult, hints};
use crate::output::one_line;
use crate::units::{count, counted};

#[cfg(test)]
mod tests;

/// Rows of call sites: a summary may have a mebibyte in all.
const MOST: usize = 20;

/// Characters of a stranger's text.
const WIDTH: usize = 120;

impl Report {
    pub(super) fn markdown(&self) -> String {
        let verdict = if self.within {
            "✅ within"
        } else {
            "❌ over"
        };
        let mut text = format!("## Heap budget: {verdict}\n\n");
        for misnamed in &self.misnamed {
            let what = format!("{}:{}: {}", self.settings, misnamed.line, misnamed.what);
            text += &format!("⚠️ {}\n\n", code(&what, 4 * WIDTH));
        }
        for trace in &self.traces {
            text += &trace.markdown();
        }
        for note in &self.notes {
            text += &format!("Note: {}\n\n", code(note, 4 * WIDTH));
        }
        if let Some(command) = hints::update(self) {
            let command = code(&command, WIDTH);
            text += &format!("To take what is now for the baseline: {command}\n\n");
        }
        text
    }
}

impl TraceReport {
    fn markdown(&self) -> String {
        let sign = match (&self.result, self.is_within()) {
            (TraceResult::Trouble { .. }, _) => "⚠️",
            (_, true) => "✅",
            (_, false) => "❌",
        };
        let mut text = format!("### {sign} {}\n\n", code(&self.name, WIDTH));
        text += &code(&self.file, WIDTH);
        if let Some(facts) = &self.facts {
            let operations = counted(facts.operations, "operation");
            text += &format!(
                ", {operations}; {} bits, `{}`",
                facts.word, facts.configuration
            );
            if let Some(pool) = facts.pool {
                text += &format!(", a pool of {} bytes", count(pool));
            }
        }
        text += "\n\n";
        match &self.result {
            TraceResult::Checked(checked) => text += &checked.markdown(),
            TraceResult::Trouble { trouble } => {
                text += &format!("{}\n\n", code(trouble, 4 * WIDTH));
            }
        }
        for note in &self.notes {
            text += &format!("Note: {}\n\n", code(note, 4 * WIDTH));
        }
        let hints = hints::hints(self).into_iter();
        let hints =
            hints.map(|(command, what)| format!("- {what}: {}\n", code(&command, 2 * WIDTH)));
        let hints: String = hints.collect();
        if !hints.is_empty() {
            text += &format!("{hints}\n");
        }
        text
    }
}

impl Checked {
    fn markdown(&self) -> String {
        let mut text = String::from(
            "| | limit | baseline | now | change | |\n|:---|---:|---:|---:|---:|:---|\n",
        );
        for check in &self.checks {
            let [mut name, limit, baseline, now, change, verdict] = cells(check);
            if let Of::Task(of) | Of::Site(of) = &check.of {
                let kind = if matches!(check.of, Of::Task(_)) {
                    "task"
                } else {
                    "call site"
                };
                name = format!("{kind} {}", code(of, WIDTH));
            }
            let verdict = if check.verdict.is_within() {
                verdict
            } else {
                format!("❌ **{verdict}**")
            };
            text += &format!("| {name} | {limit} | {baseline} | {now} | {change} | {verdict} |\n");
        }
        text.push('\n');
        let told = self.checks.iter().filter(|check| check.why.is_some());
        for check in told.filter(|check| !check.verdict.is_within()) {
            text += &format!("{}\n\n", code(&sentence(check), 4 * WIDTH));
        }
        text + &self.grown_rows() + &self.largest_rows()
    }

    fn grown_rows(&self) -> String {
        if self.grown.is_empty() {
            return String::new();
        }
        let mut text =
            String::from("| growth | now, bytes | | call site | |\n|---:|---:|:---|:---|:---|\n");
        for grown in self.grown.iter().take(MOST) {
            text += &format!(
                "| +{} | {} | {} | {} | {} |\n",
                count(grown.growth),
                count(grown.now),
                grown.what.in_words(),
                code(&grown.site, WIDTH),
                place(&grown.place)
            );
        }
        if self.grown.len() > MOST {
            text += &format!("\n… and {} more\n", count((self.grown.len() - MOST) as u64));
        }
        text + "\n"
    }

    fn largest_rows(&self) -> String {
        let Some(first) = self.largest.first() else {
            return String::new();
        };
        let what = first.what.in_words();
        let mut text = format!("| bytes, {what} | most is held by | |\n|---:|:---|:---|\n");
        for site in &self.largest {
            let (bytes, name) = (count(site.bytes), code(&site.site, WIDTH));
            text += &format!("| {bytes} | {name} | {} |\n", place(&site.place));
        }
        text + "\n"
    }
}

fn place(place: &Option<SourceLine>) -> String {
    let text = |SourceLine { file, line }: &SourceLine| code(&format!("{file}:{line}"), WIDTH);
    place.as_ref().map_or(String::new(), text)
}

/// A text of a stranger as code, on one line, also in a table: nothing in it is Markdown or HTML.
///
/// The fence is longer than any row of backticks in it (`CommonMark` 6.1); a bar is told from that
/// of the table by a backslash, also in code (GitHub Flavored Markdown 4.10).
fn code(text: &str, width: usize) -> String {
    let text = one_line(text, width);
    let text = text.trim();
    if text.is_empty() {
        return "-".into();
    }
    let rows = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(rows.max().unwrap_or(0) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    // A backslash before the bar would be told from it by that one.
    let text = text.replace("\\|", "\\ |").replace('|', "\\|");
    format!("{fence}{blank}{text}{blank}{fence}")
}
