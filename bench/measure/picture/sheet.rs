//! What a picture is drawn on.

use std::fmt::Write;

use pushpull::{transport::Transport, ui::mark::outline};

use super::ink;

/// An SVG while it is being written. Places are px.
#[derive(Debug)]
pub struct Sheet(String);

impl Sheet {
    /// Opens a picture: its size, its title, and what it says to whoever cannot see it.
    pub fn open((width, height): (f64, f64), title: &str, essence: &str) -> Self {
        let mut sheet = Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n\
             <style>{}</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
            escaped(title),
            escaped(essence),
            ink::style()
        ));
        sheet.text("title", (16.0, 26.0), title);
        sheet
    }

    /// Ends it.
    pub fn close(self) -> String {
        self.0 + "</svg>\n"
    }

    pub fn text(&mut self, class: &str, (x, y): (f64, f64), words: &str) {
        let words = escaped(words);
        let (x, y) = (place(x), place(y));
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(
            self.0,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>"
        );
    }

    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = writeln!(
            self.0,
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            place(from.0),
            place(from.1),
            place(to.0),
            place(to.1)
        );
    }

    pub fn bar(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let _ = writeln!(
            self.0,
            "<rect class=\"bar {class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            place(x),
            place(y),
            place(width.max(0.0)),
            place(height)
        );
    }

    /// A line through several places.
    pub fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{},{}", place(*x), place(*y)))
            .collect();
        let points = points.join(" ");
        let _ = writeln!(
            self.0,
            "<polyline class=\"curve {class}\" points=\"{points}\"/>"
        );
    }

    /// A transport's mark, its middle at that place.
    pub fn mark(&mut self, transport: Transport, (x, y): (f64, f64)) {
        let _ = writeln!(
            self.0,
            "<path class=\"sign {}\" transform=\"translate({},{}) scale(.75)\" d=\"{}\"/>",
            transport.plain().slug(),
            place(x - 4.5),
            place(y - 4.5),
            outline(transport)
        );
    }
}

/// A place to a tenth of a px.
fn place(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_says_what_it_is_and_breaks_on_no_words() {
        let mut sheet = Sheet::open((100.0, 50.0), "a < b", "more & less");
        sheet.line("axis", (0.04, 1.06), (2.0, 3.0));
        let svg = sheet.close();
        assert!(svg.contains("<title>a &lt; b</title>") && svg.contains("more &amp; less"));
        assert!(svg.contains("x1=\"0\" y1=\"1.1\""), "{svg}");
        assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
        assert!(!svg.contains("style=\"") && !svg.contains("url("));
    }
}
