//! Annotations of GitHub Actions: commands that a runner finds in the output of a step.

use std::cmp::Reverse;

use super::check::{Check, Of};
use super::rows::{grown_sentence, sentence};
use super::{Report, TraceReport, TraceResult};

#[cfg(test)]
mod tests;

/// As many errors of a step are shown.
const MOST: usize = 10;

/// An annotation of a line of the repository.
struct Annotation {
    file: String,
    /// 0: unknown.
    line: u32,
    title: String,
    message: String,
    /// By how many bytes something grew: the more, the worse. What is no call site comes first.
    growth: u64,
}

impl Report {
    /// At most ten, the worst first: a command each, of a line. What is said of one line is one.
    pub(super) fn annotations(&self) -> String {
        let mut all: Vec<Annotation> = Vec::new();
        for misnamed in &self.misnamed {
            all.push(self.about_settings(misnamed.line, &misnamed.what, "litepool budget"));
        }
        for trace in &self.traces {
            all.extend(self.of_trace(trace));
        }
        // Stable.
        all.sort_by_key(|annotation| Reverse(annotation.growth));
        let mut lines: Vec<Annotation> = Vec::new();
        for annotation in all {
            match lines.iter_mut().find(|other| annotation.is_beside(other)) {
                Some(other) => other.message += &format!("\n{}", annotation.message),
                None => lines.push(annotation),
            }
        }
        lines.iter().take(MOST).map(Annotation::command).collect()
    }

    fn of_trace(&self, trace: &TraceReport) -> Vec<Annotation> {
        let title = format!("litepool budget: {}", trace.name);
        let checked = match &trace.result {
            TraceResult::Trouble { trouble } => {
                return vec![self.about_settings(trace.line, trouble, &title)];
            }
            TraceResult::Checked(checked) => checked,
        };
        let mut all = Vec::new();
        let grown = checked.grown.iter().take(MOST);
        for grown in grown {
            let message = grown_sentence(grown);
            let (file, line) = match &grown.place {
                Some(place) => (place.file.clone(), place.line),
                None => (self.settings_path.clone(), trace.line),
            };
            all.push(Annotation {
                file,
                line,
                title: title.clone(),
                message,
                growth: grown.growth,
            });
        }
        // What no call site explains.
        let over = checked
            .checks
            .iter()
            .filter(|check| !check.verdict.is_within());
        for check in over.filter(|check| checked.grown.is_empty() || is_of_site(check)) {
            let mut message = sentence(check);
            if let (Some(most), false) = (checked.largest.first(), is_of_site(check)) {
                let what = most.what.in_words();
                message += &format!("; most is held, {what}, by {}", most.site);
            }
            let line = check.limit.map_or(trace.line, |limit| limit.line);
            let mut annotation = self.about_settings(line, &message, &title);
            if let Some(place) = &check.place {
                (annotation.file, annotation.line) = (place.file.clone(), place.line);
            }
            all.push(annotation);
        }
        all
    }

    fn about_settings(&self, line: u32, message: &str, title: &str) -> Annotation {
        Annotation {
            file: self.settings_path.clone(),
            line,
            title: title.to_owned(),
            message: message.to_owned(),
            growth: u64::MAX,
        }
    }
}

fn is_of_site(check: &Check) -> bool {
    matches!(check.of, Of::Site(_))
}

impl Annotation {
    /// Whether both are of the same line and trace.
    fn is_beside(&self, other: &Self) -> bool {
        (&self.file, self.line, &self.title) == (&other.file, other.line, &other.title)
    }

    fn command(&self) -> String {
        let line = match self.line {
            0 => String::new(),
            line => format!(",line={line}"),
        };
        format!(
            "::error file={}{line},title={}::{}\n",
            property(&self.file),
            property(&self.title),
            data(&self.message)
        )
    }
}

/// The message of a command, as `escapeData` of GitHub's `@actions/core` has it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, as its `escapeProperty` has it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
