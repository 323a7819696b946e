//! On the server nobody points at a chart.

pub(super) fn begin() {}
