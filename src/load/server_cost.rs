//! What the server costs its machine, as the kernel tells it under `/proc`.

use std::{fs, time::Duration};

use rustix::param::page_size;

use super::LoadError;

/// The kernel's objects that a connection is made of, by their names in `/proc/slabinfo`.
const OBJECTS: [&str; 10] = [
    "TCP",
    "TCPv6",
    "sock_inode_cache",
    "filp",
    "dentry",
    "ep_head",
    "eventpoll_epi",
    "eventpoll_pwq",
    "skbuff_head_cache",
    "skbuff_small_head",
];

/// What is known at a moment. What the kernel does not tell is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// CPU time of all threads that are alive.
    pub(super) cpu: Duration,
    /// The processes' proportional set size, bytes.
    pub(super) pss: Option<u64>,
    /// Buffers of all TCP sockets of the machine, both ends', bytes.
    pub(super) buffers: Option<u64>,
    /// The kernel's objects for the sockets of the machine, both ends', bytes.
    pub(super) objects: Option<u64>,
}

/// Looks at the processes.
pub(super) fn look(pids: &[u32]) -> Result<Option<Cost>, LoadError> {
    if pids.is_empty() {
        return Ok(None);
    }
    let mut cost = Cost {
        pss: Some(0),
        buffers: buffers(),
        objects: objects(),
        ..Cost::default()
    };
    for &pid in pids {
        let unreadable = |error: std::io::Error| LoadError::Server {
            pid,
            reason: error.to_string(),
        };
        cost.cpu += cpu(pid).map_err(unreadable)?;
        cost.pss = cost.pss.zip(pss(pid)).map(|(sum, its)| sum + its);
    }
    Ok(Some(cost))
}

/// The CPU time of a process's threads, to the ns.
fn cpu(pid: u32) -> std::io::Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        // A thread may end while one looks.
        let Ok(told) = fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let nanos = told.split(' ').next().and_then(|it| it.parse().ok());
        sum += Duration::from_nanos(nanos.unwrap_or_default());
    }
    Ok(sum)
}

fn pss(pid: u32) -> Option<u64> {
    let told = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

fn buffers() -> Option<u64> {
    let told = fs::read_to_string("/proc/net/sockstat").ok()?;
    pages_of(&told).map(|pages| pages * page_size() as u64)
}

/// `TCP: inuse 5 orphan 0 tw 0 alloc 6 mem 1`
fn pages_of(sockstat: &str) -> Option<u64> {
    let line = sockstat
        .lines()
        .find_map(|line| line.strip_prefix("TCP:"))?;
    let mut words = line.split_whitespace();
    words.find(|word| *word == "mem")?;
    words.next()?.parse().ok()
}

fn objects() -> Option<u64> {
    bytes_of(&fs::read_to_string("/proc/slabinfo").ok()?)
}

/// Lines of name, active objects, all objects, object's size, …
fn bytes_of(slabinfo: &str) -> Option<u64> {
    let mut bytes = None;
    for line in slabinfo.lines() {
        let mut words = line.split_whitespace();
        if words.next().is_some_and(|name| OBJECTS.contains(&name)) {
            let active: u64 = words.next()?.parse().ok()?;
            let size: u64 = words.nth(1)?.parse().ok()?;
            *bytes.get_or_insert(0) += active * size;
        }
    }
    bytes
}

/// By how much `bytes` grow with each of `counts`: the slope of the line that fits best; `None`
/// with fewer than four different counts.
pub(super) fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let mut counts: Vec<f64> = points.iter().map(|point| point.0).collect();
    counts.sort_by(f64::total_cmp);
    counts.dedup();
    if counts.len() < 4 {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|it| it.0), mean(|it| it.1));
    let shared: f64 = points.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
    let spread: f64 = points.iter().map(|it| (it.0 - x).powi(2)).sum();
    Some(shared / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        let sockstat =
            "sockets: used 14\nTCP: inuse 5 orphan 0 tw 0 alloc 6 mem 12\nUDP: inuse 0 mem 3\n";
        assert_eq!(pages_of(sockstat), Some(12));
        let slabinfo = "slabinfo - version: 2.1\n# name ...\nTCP   10 12 2432 13 8 : x\nfilp 2 3 256 16 1 : x\nbtrfs 9 9 9 1 1\n";
        assert_eq!(bytes_of(slabinfo), Some(10 * 2_432 + 2 * 256));
        assert_eq!(bytes_of("nothing"), None);
    }

    #[test]
    fn a_slope_wants_four_counts() {
        let line = |x: f64| (x, 1_000.0 + 50.0 * x);
        let points = [line(10.0), line(20.0), line(40.0), line(80.0)];
        assert!((slope(&points).unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(slope(&points[..3]), None);
        assert_eq!(slope(&[line(1.0), line(1.0), line(2.0), line(3.0)]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_looked_at_and_one_that_is_not_there_is_named() {
        let own = look(&[std::process::id()]).unwrap().unwrap();
        assert!(own.cpu > Duration::ZERO);
        assert!(own.pss.is_none_or(|bytes| bytes > 100_000));
        let nobody = look(&[u32::MAX - 1]).unwrap_err().to_string();
        assert!(nobody.contains("--server-pid"), "{nobody}");
        assert_eq!(look(&[]).unwrap(), None);
    }
}
