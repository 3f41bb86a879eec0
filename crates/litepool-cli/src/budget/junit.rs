//! The report as XML of `JUnit`, as far as Jenkins and GitLab read it: a suite for each trace, a
//! test for each figure.
//!
//! The same figures give the same bytes: there are no times. GitLab tells tests apart by
//! `classname` and `name`, and shows the text of a failure, Jenkins its message.

use litepool_snapshot::xml_escaped;

use super::check::{Check, Checked};
use super::rows::{grown_sentence, name, sentence};
use super::{Report, TraceReport, TraceResult};

#[cfg(test)]
mod tests;

/// How many call sites are told of in a failure.
const MOST: usize = 10;

impl Report {
    pub(super) fn junit(&self) -> String {
        let mut suites = String::new();
        let mut sum = Counts::default();
        for trace in &self.traces {
            let (suite, counts) = trace.suite();
            suites += &suite;
            sum.add(counts);
        }
        if !self.misnamed.is_empty() {
            let (suite, counts) = self.misnamed_suite();
            suites += &suite;
            sum.add(counts);
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <testsuites name=\"litepool budget\" {}>\n{suites}</testsuites>\n",
            sum.attributes()
        )
    }

    /// An error for each limit that means nothing.
    fn misnamed_suite(&self) -> (String, Counts) {
        let file = &self.settings_path;
        let cases = self.misnamed.iter().map(|misnamed| {
            let what = &misnamed.what;
            let name = format!("line {}", misnamed.line);
            case(&name, file, file, &problem("error", what, what))
        });
        let counts = Counts {
            tests: self.misnamed.len(),
            failures: 0,
            errors: self.misnamed.len(),
        };
        (suite(file, counts, &cases.collect::<String>()), counts)
    }
}

/// A test, and what its problem was.
fn case(name: &str, class: &str, file: &str, problem: &str) -> String {
    let head = format!(
        "name=\"{}\" classname=\"{}\" file=\"{}\" time=\"0\"",
        attribute(name),
        attribute(class),
        attribute(file)
    );
    if problem.is_empty() {
        format!("    <testcase {head}/>\n")
    } else {
        format!("    <testcase {head}>\n{problem}    </testcase>\n")
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
    }

    fn attributes(self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" time=\"0\"",
            self.tests, self.failures, self.errors
        )
    }
}

fn suite(name: &str, counts: Counts, cases: &str) -> String {
    format!(
        "  <testsuite name=\"{}\" {}>\n{cases}  </testsuite>\n",
        attribute(name),
        counts.attributes()
    )
}

impl TraceReport {
    fn suite(&self) -> (String, Counts) {
        let mut counts = Counts::default();
        let mut cases = String::new();
        let mut add = |name: &str, problem: &str| {
            cases += &case(name, &self.name, &self.path, problem);
        };
        match &self.result {
            TraceResult::Trouble { trouble } => {
                counts.tests = 1;
                counts.errors = 1;
                add("measured", &problem("error", trouble, trouble));
            }
            TraceResult::Checked(checked) => {
                for check in &checked.checks {
                    counts.tests += 1;
                    counts.failures += usize::from(!check.verdict.is_within());
                    add(&name(&check.of), &checked.failure(check));
                }
            }
        }
        (suite(&self.name, counts, &cases), counts)
    }
}

impl Checked {
    /// Why a check failed; empty if it did not.
    fn failure(&self, check: &Check) -> String {
        if check.verdict.is_within() {
            return String::new();
        }
        let message = sentence(check);
        let concerned = check.of.concerns();
        let grown = self.grown.iter().filter(|grown| grown.what == concerned);
        let grown = grown.take(MOST);
        let grown = grown.map(|grown| {
            let place = grown.place.as_ref();
            let at = place.map_or(String::new(), |place| {
                format!("{}:{}: ", place.file, place.line)
            });
            // Not at the line's beginning, where a runner looks for commands.
            format!("\n- {at}{}", grown_sentence(grown))
        });
        let text = message.clone() + &grown.collect::<String>();
        problem("failure", &message, &text)
    }
}

fn problem(kind: &str, message: &str, text: &str) -> String {
    format!(
        "      <{kind} message=\"{}\" type=\"budget\">{}</{kind}>\n",
        attribute(message),
        xml_escaped(text)
    )
}

/// A text as the value of an attribute: a line end in it would be read as a blank.
fn attribute(text: &str) -> String {
    xml_escaped(text)
        .replace('\n', "&#10;")
        .replace('\t', "&#9;")
}
