//! Writes the text of a picture. What is wide is told in ten-thousandths of the picture's width,
//! what is high in pixels: a picture is as wide as its place, and its text always the same size.

use crate::ui::strokes::push_int;

/// The text of a picture, or of a table, while it is being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pen(pub(crate) String);

impl Pen {
    /// Writes as it is: markup of our own.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Writes a whole number.
    pub(crate) fn int(&mut self, value: i32) {
        push_int(&mut self.0, value);
    }

    /// Writes what is to be read, whatever characters it has.
    pub(crate) fn words(&mut self, words: &str) {
        for character in words.chars() {
            match character {
                '<' => self.raw("&lt;"),
                '&' => self.raw("&amp;"),
                '"' => self.raw("&quot;"),
                character => self.0.push(character),
            }
        }
    }

    /// A small text: where it stands in the width, how much to the right of that in px, and where
    /// in the height in px.
    pub(crate) fn text(&mut self, class: &str, (x, dx, y): (i32, i32, i32), words: &str) {
        self.raw("<text class=\"");
        self.raw(class);
        self.raw("\" x=\"");
        self.percent(x);
        self.raw("\" dx=\"");
        self.int(dx);
        self.raw("\" y=\"");
        self.int(y);
        self.raw("\">");
        self.words(words);
        self.raw("</text>");
    }

    /// A stroke or a face; `strokes` is in ten-thousandths of the width and tenths of a px.
    pub(crate) fn path(&mut self, class: &str, strokes: &str) {
        if strokes.is_empty() {
            return;
        }
        self.raw("<path class=\"");
        self.raw(class);
        self.raw("\" vector-effect=\"non-scaling-stroke\" d=\"");
        self.raw(strokes);
        self.raw("\"/>");
    }

    /// Opens the part of a picture that stretches with its width, `height` px high.
    pub(crate) fn stretch(&mut self, height: i32) {
        self.raw("<svg class=\"stretch\" width=\"100%\" height=\"");
        self.int(height);
        self.raw("\" viewBox=\"0 0 10000 ");
        self.int(height * 10);
        self.raw("\" preserveAspectRatio=\"none\">");
    }

    /// A transport's mark, its middle at this place.
    pub(crate) fn mark(&mut self, class: &str, (x, y): (i32, i32), outline: &str) {
        self.raw("<svg class=\"sign ");
        self.raw(class);
        self.raw("\" x=\"");
        self.percent(x);
        self.raw("\" y=\"");
        self.int(y);
        self.raw(
            "\" width=\"10\" height=\"10\" viewBox=\"6 6 12 12\" overflow=\"visible\"><path d=\"",
        );
        self.raw(outline);
        self.raw("\"/></svg>");
    }

    /// Ten-thousandths as per cent.
    pub(crate) fn percent(&mut self, at: i32) {
        self.int(at / 100);
        let rest = at % 100;
        if rest > 0 {
            self.raw(if rest < 10 { ".0" } else { "." });
            self.int(rest);
        }
        self.raw("%");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_where_it_is_told_and_says_what_it_is_told() {
        let mut pen = Pen::default();
        pen.text("tick", (1_205, -6, 14), "a < \"b\" & c");
        assert_eq!(
            pen.0,
            "<text class=\"tick\" x=\"12.05%\" dx=\"-6\" y=\"14\">a &lt; &quot;b&quot; &amp; c</text>"
        );
    }

    #[test]
    fn nothing_is_written_for_no_stroke() {
        let mut pen = Pen::default();
        pen.path("line", "");
        assert_eq!(pen.0, "");
    }
}
