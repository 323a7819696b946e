//! Whether the machine was the bench's alone: what others used of it while a job was measured.
//!
//! The kernel counts how long its cores were idle, and how long each program ran, both exactly;
//! the rest was somebody else's. (How long cores were *busy* it only samples, on many
//! machines, and events at a fixed interval keep step with its samples.) A virtual machine's host
//! counts as well, for the time that it took away; so do interrupts, where the kernel keeps their
//! time apart from the programs' that they interrupt.

use std::{fs, time::Instant};

/// The kernel's ticks in a second, in what it tells of itself, whatever it has inside.
const TICKS: f64 = 100.0;
/// From so much of one core on, what others did may be in the figures. On a machine at rest it is
/// a few hundredths.
pub const NOISE: f64 = 0.15;

/// The kernel's clocks at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Quiet {
    at: Instant,
    cores: u64,
    /// In ticks, as all that follows: how long the cores have been idle, all together.
    idle: u64,
    /// How long the bench has run, and the programs that it has started and seen end.
    own: u64,
}

impl Quiet {
    /// Now; `None` where the kernel does not tell.
    pub fn now() -> Option<Self> {
        Self::read(
            Instant::now(),
            &fs::read_to_string("/proc/stat").ok()?,
            &fs::read_to_string("/proc/self/stat").ok()?,
        )
    }

    fn read(at: Instant, stat: &str, own: &str) -> Option<Self> {
        let ticks = stat.strip_prefix("cpu ")?.lines().next()?;
        let [idle, io] = numbers(ticks, 3)?;
        let cores = stat.lines().skip(1).filter(|it| it.starts_with("cpu"));
        // The program's name may hold anything, blanks and brackets too.
        let (_, own) = own.rsplit_once(')')?;
        let own: [u64; 4] = numbers(own, 11)?;
        Some(Self {
            at,
            cores: cores.count() as u64,
            idle: idle + io,
            own: own.iter().sum(),
        })
    }

    /// How much others have used since then, as a share of one core, on average.
    pub fn others_until(self, now: Self) -> Option<f64> {
        let wall = (now.at - self.at).as_secs_f64() * TICKS;
        let ours = now.own.saturating_sub(self.own) + now.idle.saturating_sub(self.idle);
        let others = wall * now.cores as f64 - ours as f64;
        (wall > 0.0).then(|| (others / wall).max(0.0))
    }
}

/// So many numbers behind the first few words.
fn numbers<const N: usize>(line: &str, after: usize) -> Option<[u64; N]> {
    let words = line.split_whitespace().skip(after).take(N);
    let numbers = words.map(str::parse).collect::<Result<Vec<u64>, _>>();
    numbers.ok()?.try_into().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Two cores, so many seconds later.
    fn at(begun: Instant, seconds: u64, idle: u64, own: u64) -> Quiet {
        let stat = format!("cpu  9 9 9 {idle} 1 9 9 9 9 9\ncpu0 0 0\ncpu1 0 0\nintr 99 cpu\n");
        let own = format!("12 (a) 1 (b) S 1 2 3 4 5 6 7 8 9 10 1 {own} 2 3 20 0\n");
        Quiet::read(begun + Duration::from_secs(seconds), &stat, &own).unwrap()
    }

    #[test]
    fn what_neither_is_idle_nor_ours_is_somebody_elses() {
        let begun = Instant::now();
        let before = at(begun, 0, 5_000, 100);
        // Of ten seconds of two cores 5 s were idle, and 12 s were our work.
        let others = before.others_until(at(begun, 10, 5_500, 1_300)).unwrap();
        assert!((others - 0.3).abs() < 1e-9, "{others}");
        // Clocks that are read one after the other may differ by a tick.
        let alone = before.others_until(at(begun, 10, 6_000, 1_101)).unwrap();
        assert!(alone.abs() < 1e-9, "{alone}");
        assert_eq!(before.others_until(before), None);
    }

    #[test]
    fn the_kernel_is_understood() {
        assert!(Quiet::now().is_some());
        let half = Quiet::read(Instant::now(), "cpu  1 2 3\n", "1 (a) S 1");
        assert!(half.is_none());
    }
}
