//! The page's pictures: SVG that needs nothing else, and follows the reader's light or dark.
//!
//! The house's charts ([`pushpull::ui::chart`]) draw latencies of one run on their own axes and
//! take colours from the page around them; these draw costs against numbers of subscribers, on
//! axes in powers of ten, and stand alone in a document. What they share are the colours
//! (`style/tokens.css`) and the transports' marks.

mod bars;
mod ink;
mod lines;
mod sheet;
mod which;

pub use which::all;
