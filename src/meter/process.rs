//! What the kernel knows of this process.

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    param::page_size,
    time::{ClockId, clock_gettime},
};

/// CPU time of all its threads since it began, user and system.
pub fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), nanos)
}

/// Its resident memory in bytes; `None` where there is no `/proc`.
pub fn resident() -> Option<u64> {
    let told = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = told.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}

/// How many files and sockets it has open; `None` where there is no `/proc`.
pub fn open_files() -> Option<u64> {
    // One of them is the folder that is being read.
    let files = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
    Some(files.saturating_sub(1))
}

/// How many it may have open; `None` for as many as it likes.
pub fn most_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// Seconds since the Unix epoch, for when it began.
pub fn now_s() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn working_takes_time_and_opening_takes_files() {
        let (begun, files) = (cpu(), open_files().unwrap());
        let mut sum = 0_u64;
        while cpu() == begun {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let held: Vec<_> = (0..100)
            .map(|_| fs::File::open("/proc/self/stat").unwrap())
            .collect();
        // Other tests open and close theirs meanwhile.
        assert!(open_files().unwrap() > files, "{}", held.len());
        assert!(resident().unwrap() > 1024 * 1024);
        assert!(most_files().is_none_or(|most| most >= 100));
    }
}
