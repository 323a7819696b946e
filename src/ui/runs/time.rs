//! A moment as people write it. In UTC: the server does not know the visitor's clock, and a link
//! that is given away shows everybody the same.

/// A moment, in two spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// For people: `2026-11-25 04:12 UTC`.
    pub shown: String,
    /// For programs: `2026-11-25T04:12:09Z`.
    pub iso: String,
}

/// The moment of so many µs since the Unix epoch.
pub fn moment(us: u64) -> Moment {
    let seconds = us / 1_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Moment {
        shown: format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
        iso: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
    }
}

/// The date of a day since 1970-01-01 in the Gregorian calendar (Howard Hinnant's `civil_from_days`:
/// years begin in March, so that the leap day is their last).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (seconds, iso) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_790_000_000, "2026-09-21T14:13:20Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(moment(seconds * 1_000_000).iso, iso);
        }
        assert_eq!(moment(1_790_000_000_000_000).shown, "2026-09-21 14:13 UTC");
        assert!(moment(u64::MAX).iso.ends_with('Z'));
    }
}
