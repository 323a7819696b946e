//! The command that starts a swarm: what was chosen on the page, checked, and written for a shell.
//!
//! Fields have the names of the flags that they become, so that the page's address says the same as
//! the command.

use super::quoting::quoted;
use crate::{
    runs::record::{MAX_NAME, is_line},
    transport::Transport,
};

/// The longest text of a field, in bytes.
const LONGEST: usize = 500;
/// How many numbers of subscribers there are at most, and how many lanes.
const MAX_STEPS: usize = 16;
const MAX_LANES: usize = 32;

/// What can be chosen, beside the transports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Whom to measure: [`Target::slug`].
    Target,
    /// Another pushpull's address.
    Url,
    /// Where others are subscribed to.
    SubscribeUrl,
    /// Where others take what is published.
    PublishUrl,
    /// The measured server's processes.
    ServerPid,
    /// How many subscribers, one number after the other.
    Subscribers,
    /// Events per second.
    Rate,
    /// Bytes of an event.
    Size,
    /// Seconds of publishing in each lane.
    Duration,
    /// From the start of one poll to the start of the next, ms.
    PollInterval,
    /// For how long a long poll may be held, s.
    Wait,
    /// Seconds before the first event.
    Idle,
    /// From which everything random is drawn.
    Seed,
    /// What people call it.
    Name,
}

impl Field {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::Target,
        Self::Url,
        Self::SubscribeUrl,
        Self::PublishUrl,
        Self::ServerPid,
        Self::Subscribers,
        Self::Rate,
        Self::Size,
        Self::Duration,
        Self::PollInterval,
        Self::Wait,
        Self::Idle,
        Self::Seed,
        Self::Name,
    ];

    /// Those that say what is measured, not at whom.
    pub const WITH_WHAT: [Self; 9] = [
        Self::Subscribers,
        Self::Rate,
        Self::Size,
        Self::Duration,
        Self::PollInterval,
        Self::Wait,
        Self::Idle,
        Self::Seed,
        Self::Name,
    ];

    /// Its name in the page's address and in locale keys; with two hyphens it is the flag.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Url => "url",
            Self::SubscribeUrl => "subscribe-url",
            Self::PublishUrl => "publish-url",
            Self::ServerPid => "server-pid",
            Self::Subscribers => "subscribers",
            Self::Rate => "rate",
            Self::Size => "size",
            Self::Duration => "duration",
            Self::PollInterval => "poll-interval",
            Self::Wait => "wait",
            Self::Idle => "idle",
            Self::Seed => "seed",
            Self::Name => "name",
        }
    }

    /// What it is where nothing was chosen.
    fn usual(self) -> &'static str {
        match self {
            Self::Target => "this",
            Self::Subscribers => "10,100,250,1000",
            Self::Rate | Self::Duration => "10",
            Self::Size => "128",
            Self::PollInterval => "1000",
            Self::Wait => "25",
            Self::Idle => "0",
            Self::Seed => "1",
            _ => "",
        }
    }
}

/// Whom a swarm measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The server whose page it is.
    This,
    /// Another pushpull.
    Pushpull,
    /// Nchan.
    Nchan,
    /// Anything that relays what is published.
    Plain,
}

impl Target {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::This, Self::Pushpull, Self::Nchan, Self::Plain];

    /// Its name in addresses and locale keys.
    pub fn slug(self) -> &'static str {
        match self {
            Self::This => "this",
            Self::Pushpull => "pushpull",
            Self::Nchan => "nchan",
            Self::Plain => "plain",
        }
    }
}

/// Where the page is seen, as far as the command depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// This server's origin as the visitor reached it.
    pub origin: String,
    /// This server's process, where the visitor is on the same machine.
    pub pid: Option<u32>,
}

impl Place {
    /// Whether the generator, which speaks clear text only, can measure this server.
    fn can_be_measured(&self) -> bool {
        self.origin.starts_with("http://")
    }
}

/// What was chosen, as it stands in the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The transports, in their order.
    pub transports: Vec<Transport>,
    texts: Vec<(Field, String)>,
}

impl Choice {
    /// Reads the pairs of a page's address. What is missing is as usual: all four transports where
    /// none is named, and this server's process for this server.
    pub fn read<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, place: &Place) -> Self {
        let (mut transports, mut texts) = (Vec::new(), Vec::new());
        let mut asked = false;
        for (name, value) in pairs {
            if name == "transport" {
                asked = true;
                let named = Transport::PLAIN.into_iter().find(|it| it.slug() == value);
                transports.extend(named);
            } else if let Some(field) = Field::ALL.into_iter().find(|it| it.slug() == name) {
                asked = true;
                let mut value = value.trim().to_owned();
                value.truncate(value.floor_char_boundary(LONGEST));
                texts.push((field, value));
            }
        }
        if !asked {
            transports = Transport::PLAIN.into();
            let pid = place.pid.filter(|_| place.can_be_measured());
            texts.extend(pid.map(|pid| (Field::ServerPid, pid.to_string())));
        }
        let known = Transport::PLAIN.into_iter();
        Self {
            transports: known.filter(|it| transports.contains(it)).collect(),
            texts,
        }
    }

    /// What stands in a field.
    pub fn text(&self, field: Field) -> &str {
        let chosen = self.texts.iter().find(|(of, _)| *of == field);
        chosen.map_or(field.usual(), |(_, text)| text)
    }

    /// Whom to measure; `None` for one that is not known.
    pub fn target(&self) -> Option<Target> {
        let chosen = self.text(Field::Target);
        Target::ALL.into_iter().find(|it| it.slug() == chosen)
    }

    /// Whether a field has a part in what was chosen.
    pub fn uses(&self, field: Field) -> bool {
        let target = self.target();
        match field {
            Field::Url => target == Some(Target::Pushpull),
            Field::SubscribeUrl | Field::PublishUrl => {
                matches!(target, Some(Target::Nchan | Target::Plain))
            }
            Field::PollInterval => self.transports.contains(&Transport::Polling),
            Field::Wait => self.transports.contains(&Transport::LongPolling),
            _ => true,
        }
    }

    /// What cannot be so, in the order of the fields. Transports are told by [`Self::transports`].
    pub fn wrong(&self, place: &Place) -> Vec<Field> {
        let wrong = |field: &Field| self.uses(*field) && !self.is_good(*field, place);
        Field::ALL.into_iter().filter(wrong).collect()
    }

    fn is_good(&self, field: Field, place: &Place) -> bool {
        let text = self.text(field);
        match field {
            Field::Target => match self.target() {
                Some(Target::This) => place.can_be_measured(),
                Some(Target::Plain) => {
                    let polls = [Transport::Polling, Transport::LongPolling];
                    !polls.iter().any(|it| self.transports.contains(it))
                }
                other => other.is_some(),
            },
            Field::Url | Field::SubscribeUrl | Field::PublishUrl => is_address(text),
            Field::ServerPid => text.is_empty() || numbers(text, 1, u32::MAX).is_some(),
            Field::Subscribers => numbers(text, 1, 1_000_000).is_some_and(|counts| {
                counts.len() <= MAX_STEPS && counts.len() * self.transports.len() <= MAX_LANES
            }),
            Field::Rate => {
                let rate = decimal(text);
                rate.is_some_and(|rate| (0.1..=500.0).contains(&rate))
            }
            Field::Size => within(text, 24, 16_384),
            Field::Duration => within(text, 1, 3_600),
            Field::PollInterval => within(text, 50, 60_000),
            Field::Wait => within(text, 1, 60),
            Field::Idle => within(text, 0, 3_600),
            Field::Seed => is_whole(text) && text.parse::<u64>().is_ok(),
            Field::Name => is_line(text, MAX_NAME),
        }
    }

    /// The command's words behind `pushpull load`, each flag with its value. `None` while something
    /// cannot be so.
    pub fn words(&self, place: &Place) -> Option<Vec<Vec<String>>> {
        if self.transports.is_empty() || !self.wrong(place).is_empty() {
            return None;
        }
        let mut words = Vec::new();
        let mut add = |flag: &str, value: &str| {
            // What begins like a flag would be taken for one.
            words.push(if value.starts_with('-') {
                vec![format!("--{flag}={value}")]
            } else {
                vec![format!("--{flag}"), value.to_owned()]
            });
        };
        match self.target()? {
            Target::This => add("url", &place.origin),
            Target::Pushpull => add("url", self.text(Field::Url)),
            target @ (Target::Nchan | Target::Plain) => {
                add("adapter", target.slug());
                for field in [Field::SubscribeUrl, Field::PublishUrl] {
                    add(field.slug(), self.text(field));
                }
            }
        }
        let transports: Vec<&str> = self.transports.iter().map(|it| it.slug()).collect();
        add("transport", &transports.join(","));
        for field in Field::WITH_WHAT.into_iter().chain([Field::ServerPid]) {
            let text = self.text(field);
            let idle = field == Field::Idle && text == field.usual();
            if self.uses(field) && !text.is_empty() && !idle {
                // A list may be written with blanks; a name stays as it is.
                let close = matches!(field, Field::Subscribers | Field::ServerPid);
                let text = if close {
                    text.replace(", ", ",")
                } else {
                    text.to_owned()
                };
                add(field.slug(), &text);
            }
        }
        add("report", &place.origin);
        Some(words)
    }

    /// The command, ready to paste.
    pub fn command(&self, place: &Place) -> Option<String> {
        let mut command = "pushpull load".to_owned();
        for words in self.words(place)? {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            command += " \\\n  ";
            command += &words.join(" ");
        }
        Some(command)
    }
}

/// Whether the generator can use that address: in clear text, and without a secret in it, which
/// would be told to whoever sees the page.
fn is_address(text: &str) -> bool {
    // Their places are filled when the topic and the transport are known.
    let filled = text.replace("{topic}", "x").replace("{transport}", "x");
    let address: Result<http::Uri, _> = filled.parse();
    address.is_ok_and(|address| {
        let known = address.authority();
        matches!(address.scheme_str(), Some("http" | "ws"))
            && known.is_some_and(|it| !it.as_str().contains('@'))
    })
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn within(text: &str, least: u32, most: u32) -> bool {
    let number = Some(text).filter(|text| is_whole(text));
    let number: Option<u32> = number.and_then(|text| text.parse().ok());
    number.is_some_and(|number| (least..=most).contains(&number))
}

/// A list as in `10,100, 1000`.
fn numbers(text: &str, least: u32, most: u32) -> Option<Vec<u32>> {
    let one = |text: &str| {
        let text = text.strip_prefix(' ').unwrap_or(text);
        within(text, least, most).then(|| text.parse().ok())?
    };
    text.split(',').map(one).collect()
}

/// A number as people write it: digits with at most one point.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if is_whole(whole) && is_whole(fraction) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests;
