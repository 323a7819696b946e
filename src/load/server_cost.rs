//! What the server costs its machine, as the kernel tells it under `/proc`.

use std::{collections::BTreeMap, fs, time::Duration};

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// CPU time of each thread that is alive, by process and thread.
    threads: BTreeMap<(u32, u32), Duration>,
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
        cost.look_at_threads(pid).map_err(unreadable)?;
        cost.pss = cost.pss.zip(pss(pid)).map(|(sum, its)| sum + its);
    }
    Ok(Some(cost))
}

impl Cost {
    /// CPU time since an earlier look, µs. What threads used that have ended meanwhile is missing.
    pub(super) fn cpu_us_since(&self, earlier: &Self) -> u64 {
        let since = |(thread, now): (_, &Duration)| {
            let before = earlier.threads.get(thread).copied();
            now.saturating_sub(before.unwrap_or_default())
        };
        let sum: Duration = self.threads.iter().map(since).sum();
        u64::try_from(sum.as_micros()).unwrap_or(u64::MAX)
    }

    /// The CPU time of a process's threads, to the ns.
    fn look_at_threads(&mut self, pid: u32) -> std::io::Result<()> {
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let task = task?;
            let thread = task.file_name().to_str().and_then(|it| it.parse().ok());
            // A thread may end while one looks.
            let (Some(thread), Ok(told)) =
                (thread, fs::read_to_string(task.path().join("schedstat")))
            else {
                continue;
            };
            let nanos = told.split(' ').next().and_then(|it| it.parse().ok());
            let used = Duration::from_nanos(nanos.unwrap_or_default());
            self.threads.insert((pid, thread), used);
        }
        Ok(())
    }
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
    fn threads_that_come_count_and_those_that_go_take_nothing_with_them() {
        let cost = |threads: &[(u32, u64)]| Cost {
            threads: threads
                .iter()
                .map(|&(thread, us)| ((1, thread), Duration::from_micros(us)))
                .collect(),
            ..Cost::default()
        };
        let (before, after) = (cost(&[(1, 10), (2, 500)]), cost(&[(1, 15), (3, 7)]));
        assert_eq!(after.cpu_us_since(&before), 12);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_looked_at_and_one_that_is_not_there_is_named() {
        let own = look(&[std::process::id()]).unwrap().unwrap();
        assert!(own.cpu_us_since(&Cost::default()) > 0);
        assert!(own.pss.is_none_or(|bytes| bytes > 100_000));
        let nobody = look(&[u32::MAX - 1]).unwrap_err().to_string();
        assert!(nobody.contains("--server-pid"), "{nobody}");
        assert_eq!(look(&[]).unwrap(), None);
    }
}
