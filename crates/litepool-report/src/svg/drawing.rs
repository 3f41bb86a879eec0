//! An SVG that is being drawn.

use std::fmt::{Display, Write};

use litepool_snapshot::xml_escaped;

use super::WIDTH;

/// Text is cut after so many characters: what would be wider than the picture.
const LONGEST: usize = 130;

/// Light, and then dark where the reader's screen is. The background is painted: some pages are dark
/// on a screen that is not.
const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI','Noto Sans',sans-serif;fill:#1f2328}\
.head{font-size:17px;font-weight:600}.small{font-size:12px;fill:#59636e}\
.page{fill:#fff}.plot{fill:#f6f8fa}.grid{stroke:#d1d9e0;fill:none}.frame{stroke:#818b98;fill:none}\
.live{fill:#0072b2;fill-opacity:.45}.used{stroke:#0072b2;fill:none;stroke-width:1.5}\
.fragmentation{fill:#e69f00;fill-opacity:.4;stroke:#b86e00}\
.fail{stroke:#c62828;fill:none;stroke-width:2}.mark{fill:#c62828}text.bad{fill:#b3261e}\
.o0{fill:#0072b2}.o1{fill:#e69f00}.o2{fill:#009e73}.o3{fill:#cc79a7}.o4{fill:#56b4e9}\
.o5{fill:#d55e00}.o6{fill:#c9b800}.o7{fill:#7a5195}.rest{fill:#8c959f}\
@media(prefers-color-scheme:dark){\
text{fill:#e6edf3}.small{fill:#9198a1}.page{fill:#0d1117}.plot{fill:#151b23}\
.grid{stroke:#2f3742}.frame{stroke:#656c76}.live{fill:#3d9be0}.used{stroke:#7cc8f2}\
.fragmentation{fill:#f0ad1f;stroke:#f0ad1f}.fail{stroke:#ff6b61}.mark{fill:#ff6b61}\
text.bad{fill:#ff8f87}}";

/// Where text stands.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG that is being drawn, from the top down.
#[derive(Default)]
pub(super) struct Drawing {
    body: String,
}

impl Drawing {
    /// Text with its baseline at `y`. What is too long is cut.
    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, text) = (Short(x), Short(y), xml_escaped(&clipped(text, LONGEST)));
        let _ = writeln!(
            self.body,
            "<text x=\"{x}\" y=\"{y}\"{anchor} class=\"{class}\">{text}</text>"
        );
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str) {
        let (x, y, width, height) = (Short(x), Short(y), Short(width), Short(height));
        let _ = writeln!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"/>"
        );
    }

    /// A small rectangle of this colour, `#rrggbb`.
    pub(super) fn swatch(&mut self, (x, y): (f64, f64), colour: &str) {
        let (x, y) = (Short(x), Short(y));
        let _ = writeln!(
            self.body,
            "<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>"
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let path = format!(
            "M{},{}L{},{}",
            Short(from.0),
            Short(from.1),
            Short(to.0),
            Short(to.1)
        );
        self.path(&path, class);
    }

    pub(super) fn path(&mut self, path: &str, class: &str) {
        let _ = writeln!(self.body, "<path d=\"{path}\" class=\"{class}\"/>");
    }

    /// An image, as PNG, whose pixels stay squares.
    pub(super) fn image(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), base64: &str) {
        let (x, y, width, height) = (Short(x), Short(y), Short(width), Short(height));
        let _ = writeln!(
            self.body,
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
             preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{base64}\"/>"
        );
    }

    /// The whole of it, for people who see it, and for those who have it read to them.
    pub(super) fn finish(self, height: f64, title: &str, description: &str) -> String {
        let height = Short(height);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"t d\">\n\
             <title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" class=\"page\"/>\n{}</svg>\n",
            xml_escaped(title),
            xml_escaped(description),
            self.body
        )
    }
}

/// A coordinate with one digit behind the point, and none where it would be 0.
pub(super) struct Short(pub(super) f64);

impl Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        if tenths % 10 == 0 {
            write!(f, "{}", tenths / 10)
        } else {
            write!(f, "{:.1}", tenths as f64 / 10.0)
        }
    }
}

/// At most so many characters.
pub(super) fn clipped(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.into();
    }
    let mut cut: String = text.chars().take(longest.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
