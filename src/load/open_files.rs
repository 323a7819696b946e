//! Every subscriber is an open file.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open beside the subscribers.
const BESIDE: u64 = 64;

/// The limit cannot be raised.
#[derive(Debug, thiserror::Error)]
#[error(
    "{wanted} subscribers need {needed} open files, and this process may have {allowed}. \
     Raise the limit first: `ulimit -n {needed}` in the same shell, as root where it is refused"
)]
pub(crate) struct TooFewFiles {
    wanted: u32,
    needed: u64,
    allowed: u64,
}

/// Raises the limit of open files for so many subscribers.
pub(super) fn allow(subscribers: u32) -> Result<(), TooFewFiles> {
    let needed = u64::from(subscribers) + BESIDE;
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    // The hard limit is root's to raise.
    let maximum = if enough(limit.maximum) {
        limit.maximum
    } else {
        Some(needed)
    };
    let current = Some(needed);
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).map_err(|_| TooFewFiles {
        wanted: subscribers,
        needed,
        allowed: limit.maximum.unwrap_or(u64::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_named_with_the_command_that_gives_it() {
        assert!(allow(10).is_ok());
        let error = TooFewFiles {
            wanted: 10_000,
            needed: 10_064,
            allowed: 1_024,
        };
        assert!(error.to_string().contains("ulimit -n 10064"), "{error}");
    }
}
