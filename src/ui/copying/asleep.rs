//! The server has no clipboard.

pub(super) fn begin() {}
