//! A run's settings in an address: "run this again" is a link to the lab that carries them.
//!
//! Each [`Field`] has its own name and its own unit, so that people can write one, too:
//! `/?rate=2.5&arrivals=poisson&payload=128&interval=0.5&wait=25&duration=60&seed=7&lanes=polling.sse&mode=together&distance=20`.
//! What is missing or makes no sense stays as it would be without.

use super::{
    settings::{Field, Lanes, Settings},
    workload::Arrivals,
};
use crate::runs::types::Mode;

/// What separates the names of lanes.
const SEPARATOR: char = '.';

/// How much farther away the server can be made, round trip, ms.
pub const DISTANCES_MS: [u32; 3] = [0, 20, 150];

/// What an address asks the lab for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// The controls.
    pub settings: Settings,
    /// In which order the lanes are fed.
    pub mode: Mode,
    /// How much farther away the server is made, round trip, ms: one of [`DISTANCES_MS`].
    pub distance_ms: u32,
}

impl Asked {
    /// The query of an address that asks for this, without the question mark.
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        for field in Field::ALL {
            add(
                &mut query,
                field.slug(),
                &decimal(self.settings.value(field)),
            );
        }
        add(&mut query, "arrivals", self.settings.arrivals.slug());
        let mut lanes = String::new();
        for transport in self.settings.lanes.iter() {
            if !lanes.is_empty() {
                lanes.push(SEPARATOR);
            }
            lanes.push_str(transport.slug());
        }
        add(&mut query, "lanes", &lanes);
        add(&mut query, "mode", self.mode.slug());
        add(&mut query, "distance", &self.distance_ms.to_string());
        query
    }

    /// Reads a query, with or without its question mark; `None` where it asks for nothing.
    pub fn from_query(query: &str) -> Option<Self> {
        let mut asked = Self::default();
        let mut any = false;
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            any |= asked.set(name, value).is_some();
        }
        any.then_some(asked)
    }

    /// Takes one pair; `None` when it is none of ours, or no possible value.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        if let Some(field) = Field::ALL.into_iter().find(|field| field.slug() == name) {
            let value = read_decimal(value)?;
            if field.accepts(value) {
                self.settings.set(field, value);
                return Some(());
            }
            return None;
        }
        match name {
            "arrivals" => {
                let all = [Arrivals::Poisson, Arrivals::Even];
                self.settings.arrivals = all.into_iter().find(|one| one.slug() == value)?;
            }
            "lanes" => {
                let named = |slug: &str| Lanes::ALL.into_iter().find(|one| one.slug() == slug);
                let lanes = value.split(SEPARATOR).filter_map(named);
                let lanes = lanes.fold(Lanes::NONE, |set, transport| set.with(transport, true));
                if lanes == Lanes::NONE {
                    return None;
                }
                self.settings.lanes = lanes;
            }
            "mode" => self.mode = Mode::ALL.into_iter().find(|one| one.slug() == value)?,
            "distance" => {
                let distance = value.parse().ok()?;
                if !DISTANCES_MS.contains(&distance) {
                    return None;
                }
                self.distance_ms = distance;
            }
            _ => return None,
        }
        Some(())
    }
}

fn add(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.push_str(value);
}

/// A setting with at most three decimals, and no more than it needs. By whole numbers: what reads
/// and writes any decimal weighs ten KiB in the browser.
fn decimal(value: f64) -> String {
    let thousandths = (value * 1e3).round() as u64;
    let mut text = (thousandths / 1_000).to_string();
    let mut fraction = thousandths % 1_000;
    if fraction > 0 {
        text.push('.');
        let mut place = 100;
        while fraction > 0 {
            text.push(char::from(b'0' + (fraction / place) as u8));
            fraction %= place;
            place /= 10;
        }
    }
    text
}

/// Reads what [`decimal`] writes; `None` for anything else.
fn read_decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let mut thousandths = whole.parse::<u64>().ok()?.checked_mul(1_000)?;
    let mut place = 100;
    for digit in fraction.bytes() {
        thousandths += u64::from(digit - b'0') * place;
        place /= 10;
    }
    Some(thousandths as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{lab::workload::Preset, transport::Transport};

    #[test]
    fn an_address_can_be_read_and_written_by_people() {
        assert_eq!(
            Asked::default().to_query(),
            "rate=2&payload=128&interval=1&wait=25&duration=60&seed=1&blocks=20&arrivals=poisson\
             &lanes=polling.long-polling.sse.websocket&mode=together&distance=0"
        );
        let asked = Asked::from_query("?rate=0.5&lanes=sse&mode=in-turn&distance=150").unwrap();
        assert_eq!((asked.settings.rate, asked.mode), (0.5, Mode::InTurn));
        assert!(asked.settings.lanes.iter().eq([Transport::Sse]));
        assert_eq!(asked.distance_ms, 150);
        assert_eq!(asked.settings.payload, Settings::default().payload);
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        for query in [
            "",
            "?",
            "rate",
            "rate=",
            "rate=1e3",
            "rate=-1",
            "rate=501",
            "rate=0.0005",
            "payload=1.5",
            "seed=4294967296",
            "seed=99999999999999999999999",
            "lanes=",
            "lanes=telex",
            "mode=apart",
            "distance=21",
            "arrivals=late",
            "colour=blue&&=",
        ] {
            assert_eq!(Asked::from_query(query), None, "{query}");
        }
        let half = Asked::from_query("rate=none&payload=64").unwrap();
        assert_eq!((half.settings.rate, half.settings.payload), (2.0, 64));
    }

    #[test]
    fn every_preset_survives_its_address() {
        for preset in Preset::ALL {
            let mut asked = Asked::default();
            asked.settings.apply(preset);
            assert_eq!(Asked::from_query(&asked.to_query()), Some(asked));
        }
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_what_is_read(
            rate in 100..=500_000_u32,
            payload in 1..=16_384_u32,
            poll_interval_ms in 50..=60_000_u32,
            duration_s in 1..=3_600_u32,
            seed: u32,
            lanes in 1..128_u8,
            blocks in 1..=200_u32,
            mode in 0..3_usize,
            distance in 0..3_usize,
            even: bool,
        ) {
            let chosen = Lanes::ALL.into_iter().enumerate().filter(|(at, _)| lanes & (1 << at) != 0);
            let asked = Asked {
                settings: Settings {
                    rate: f64::from(rate) / 1e3,
                    arrivals: if even { Arrivals::Even } else { Arrivals::Poisson },
                    payload,
                    poll_interval_ms,
                    duration_s,
                    seed,
                    lanes: chosen.fold(Lanes::NONE, |set, (_, one)| set.with(one, true)),
                    blocks,
                    ..Settings::default()
                },
                mode: Mode::ALL[mode],
                distance_ms: DISTANCES_MS[distance],
            };
            prop_assert_eq!(Asked::from_query(&asked.to_query()), Some(asked));
        }

        #[test]
        fn no_query_panics(query in ".*") {
            let _ = Asked::from_query(&query);
        }
    }
}
