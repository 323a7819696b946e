//! Whether the machine was the bench's alone: what others used of it while a job was measured.
//!
//! The kernel counts how long its cores were busy, and how long each program ran; the rest was
//! somebody else's. A virtual machine's host counts as well, for the time that it took away.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::Path,
};

use crate::Failure;

/// From so much of one core on, what others did may be in the figures. On a machine at rest it is
/// a few hundredths.
pub const NOISE: f64 = 0.15;

/// The kernel's clocks at one moment, in its ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    /// All cores, busy and idle.
    all: u64,
    cores: u64,
    busy: u64,
    /// The bench and the programs that it has started and seen end.
    own: u64,
}

impl Quiet {
    /// Now; `None` where the kernel does not tell.
    pub fn now() -> Option<Self> {
        Self::read(
            &fs::read_to_string("/proc/stat").ok()?,
            &fs::read_to_string("/proc/self/stat").ok()?,
        )
    }

    fn read(stat: &str, own: &str) -> Option<Self> {
        let ticks = stat.strip_prefix("cpu ")?.lines().next()?;
        // What guests have used is counted as the machine's own already.
        let ticks = ticks.split_whitespace().take(8);
        let ticks = ticks.map(str::parse).collect::<Result<Vec<u64>, _>>();
        let [user, nice, system, idle, io, irq, softirq, steal] = ticks.ok()?.try_into().ok()?;
        let busy = user + nice + system + irq + softirq + steal;
        let cores = stat.lines().skip(1).filter(|it| it.starts_with("cpu"));
        // The program's name may hold anything, blanks and brackets too.
        let (_, own) = own.rsplit_once(')')?;
        let own = own.split_whitespace().skip(11).take(4);
        let own = own.map(str::parse).collect::<Result<Vec<u64>, _>>();
        let own: [u64; 4] = own.ok()?.try_into().ok()?;
        Some(Self {
            all: busy + idle + io,
            cores: cores.count() as u64,
            busy,
            own: own.iter().sum(),
        })
    }

    /// How much others have used since then, as a share of one core.
    pub fn others_until(self, now: Self) -> Option<f64> {
        let busy = now.busy.saturating_sub(self.busy);
        let others = busy.saturating_sub(now.own.saturating_sub(self.own));
        let wall = now.all.saturating_sub(self.all) as f64 / now.cores as f64;
        (wall > 0.0).then(|| others as f64 / wall)
    }
}

/// Keeps others from measuring on the same machine, until it is dropped or its process ends.
pub fn alone(path: &Path) -> Result<File, Failure> {
    let told = || path.display().to_string();
    let mut options = File::options();
    let options = options.read(true).write(true).create(true);
    let mut file = options.open(path).map_err(Failure::io(told()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = fs::read_to_string(path).unwrap_or_default();
            return Err(Failure::NotAlone(pid));
        }
        Err(TryLockError::Error(error)) => return Err(Failure::io(told())(error)),
    }
    let own = std::process::id().to_string();
    file.set_len(0).map_err(Failure::io(told()))?;
    file.write_all(own.as_bytes())
        .map_err(Failure::io(told()))?;
    Ok(file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn at(busy: u64, idle: u64, own: u64) -> Quiet {
        let stat = format!(
            "cpu  {busy} 0 0 {idle} 0 0 0 0 7 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\nintr 99 cpu\n"
        );
        let own = format!("12 (a) 1 (b) S 1 2 3 4 5 6 7 8 9 10 1 {own} 2 3 20 0\n");
        Quiet::read(&stat, &own).unwrap()
    }

    #[test]
    fn what_neither_is_idle_nor_ours_is_somebody_elses() {
        // Ten seconds of two cores: 15 s were busy, 12 of them with our work.
        let (before, after) = (at(5_000, 5_000, 100), at(6_500, 5_500, 1_300));
        let others = before.others_until(after).unwrap();
        assert!((others - 0.3).abs() < 1e-9, "{others}");
        // Ours is counted to the tick, all of it by samples: less than nothing is nothing.
        let alone = before.others_until(at(6_000, 6_000, 1_101)).unwrap();
        assert!(alone.abs() < 1e-9, "{alone}");
        assert_eq!(before.others_until(before), None);
    }

    #[test]
    fn the_kernel_is_understood() {
        assert!(Quiet::now().is_some());
        assert_eq!(Quiet::read("cpu  1 2 3\n", "1 (a) S 1"), None);
    }

    #[test]
    fn two_do_not_measure_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = alone(&path).unwrap();
        let told = alone(&path).unwrap_err().to_string();
        assert!(told.contains(&std::process::id().to_string()), "{told}");
        drop(first);
        assert!(alone(&path).is_ok());
    }
}
