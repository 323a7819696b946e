//! On the server nothing moves: effects do not run there, so this is never called.

use crate::ui::labels::Labels;

/// What brings the lab to life in the browser.
pub(super) fn begin(_labels: Labels) {}
