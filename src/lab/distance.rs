//! How far away the server is: the visitor's choice between here and the relays.

/// From where the page is seen. Default where nothing is known of it: then there is no choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distance {
    /// The round trip that a relay adds, in ms: 0 directly.
    pub ms: u32,
    /// Where the page exchanges clocks, where that is not its own origin: the server itself, so
    /// that the clock error does not grow with the distance. Without a closing slash.
    pub clock_origin: Option<String>,
    /// Where else the same page can be seen from, this one among them; empty where there is no
    /// choice.
    pub choices: Vec<Choice>,
}

/// One distance to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The round trip that is added, in ms.
    pub ms: u32,
    /// The page's origin there, without a closing slash: what follows is this page's own address.
    pub origin: String,
}
