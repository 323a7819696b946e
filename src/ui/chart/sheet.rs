//! A picture as a file of its own: on paper, with its title above and what is to be known below.

use super::pen::Pen;

/// The room to the left of the picture, where the upright axis has its names; above; and at the
/// other edges, px.
const GUTTER: i32 = 62;
const HEAD: i32 = 58;
const EDGE: i32 = 18;
/// From one line of text to the next, px.
const LINE: i32 = 17;

/// A file's parts.
pub(super) struct Sheet<'a> {
    /// The picture's own width and height, px.
    pub(super) size: (i32, i32),
    /// What every element needs: a `<style>`, or nothing where the picture's elements say it.
    pub(super) style: &'a str,
    /// The colours of the paper and of what is written on it.
    pub(super) colours: [&'a str; 3],
    /// The fonts of what is written.
    pub(super) fonts: &'a str,
    /// The chart's title, its units, and what is to be known beside it.
    pub(super) texts: [&'a str; 3],
    /// The picture.
    pub(super) plot: &'a str,
}

impl Sheet<'_> {
    /// The file's width and height, px.
    pub(super) fn size(&self) -> (i32, i32) {
        let (width, height) = self.size;
        let lines = self.lines().len() as i32;
        (
            width + GUTTER + EDGE,
            HEAD + height + EDGE + LINE * lines + EDGE / 2,
        )
    }

    /// The note in lines that fit.
    fn lines(&self) -> Vec<String> {
        let room = self.size.0 + GUTTER - EDGE;
        let mut lines = vec![String::new()];
        let mut width = 0;
        for word in self.texts[2].split(' ') {
            // About as wide as letters of 12 px are.
            let own: i32 = word
                .chars()
                .map(|it| if it < '\u{1100}' { 7 } else { 12 })
                .sum();
            if width > 0 && width + own > room {
                lines.push(String::new());
                width = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(if width > 0 { " " } else { "" });
                line.push_str(word);
            }
            width += own + 5;
        }
        lines
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        let [paper, ink, soft] = self.colours;
        let (width, height) = self.size();
        let mut pen = Pen::default();
        pen.raw("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"");
        pen.int(width);
        pen.raw("\" height=\"");
        pen.int(height);
        pen.raw("\" viewBox=\"0 0 ");
        pen.int(width);
        pen.raw(" ");
        pen.int(height);
        pen.raw("\" font-family=\"");
        pen.words(self.fonts);
        pen.raw("\" font-size=\"12\">");
        pen.raw(self.style);
        pen.raw("<rect width=\"100%\" height=\"100%\" fill=\"");
        pen.words(paper);
        pen.raw("\"/>");
        line(
            &mut pen,
            26,
            ink,
            " font-size=\"15\" font-weight=\"600\"",
            self.texts[0],
        );
        line(&mut pen, 44, soft, "", self.texts[1]);
        pen.raw("<svg x=\"");
        pen.int(GUTTER);
        pen.raw("\" y=\"");
        pen.int(HEAD);
        pen.raw("\" width=\"");
        pen.int(self.size.0);
        pen.raw("\" height=\"");
        pen.int(self.size.1);
        pen.raw("\" overflow=\"visible\">");
        pen.raw(self.plot);
        pen.raw("</svg>");
        let mut y = HEAD + self.size.1 + EDGE;
        for text in self.lines() {
            line(&mut pen, y, soft, "", &text);
            y += LINE;
        }
        pen.raw("</svg>");
        pen.0
    }
}

fn line(pen: &mut Pen, y: i32, colour: &str, further: &str, words: &str) {
    pen.raw("<text x=\"");
    pen.int(EDGE);
    pen.raw("\" y=\"");
    pen.int(y);
    pen.raw("\" fill=\"");
    pen.words(colour);
    pen.raw("\"");
    pen.raw(further);
    pen.raw(">");
    pen.words(words);
    pen.raw("</text>");
}
