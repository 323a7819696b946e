//! Strokes as the text of an SVG path.

/// A place in the drawing: right, down, in tenths of a pixel.
pub(crate) type Point = (i32, i32);

pub(crate) fn line(path: &mut String, from: Point, to: Point) {
    point(path, 'M', from);
    point(path, 'L', to);
}

pub(crate) fn arrow(path: &mut String, from: Point, to: Point) {
    line(path, from, to);
    head(path, from, to);
}

pub(crate) fn head(path: &mut String, from: Point, to: Point) {
    let back = if to.0 > from.0 { to.0 - 55 } else { to.0 + 55 };
    point(path, 'M', (back, to.1 - 36));
    point(path, 'L', to);
    point(path, 'L', (back, to.1 + 36));
}

pub(crate) fn cross(path: &mut String, x: i32, y: i32) {
    line(path, (x - 45, y - 45), (x + 45, y + 45));
    line(path, (x - 45, y + 45), (x + 45, y - 45));
}

pub(crate) fn bar(path: &mut String, left: i32, right: i32, top: i32, bottom: i32) {
    if bottom <= top {
        return;
    }
    point(path, 'M', (left, top));
    point(path, 'L', (right, top));
    point(path, 'L', (right, bottom));
    point(path, 'L', (left, bottom));
    path.push('z');
}

pub(crate) fn point(path: &mut String, command: char, (x, y): Point) {
    path.push(command);
    push_int(path, x);
    path.push(' ');
    push_int(path, y);
}

/// Writes a whole number. The formatting machinery would be most of a frame's cost.
pub(crate) fn push_int(text: &mut String, value: i32) {
    if value < 0 {
        text.push('-');
    }
    let mut rest = value.unsigned_abs();
    let mut scale = 1;
    while rest / scale >= 10 {
        scale *= 10;
    }
    while scale > 0 {
        // A single decimal digit always fits.
        text.push(char::from(b'0' + (rest / scale) as u8));
        rest %= scale;
        scale /= 10;
    }
}
