//! On what machine, and with which versions.

use std::{fs, process::Command};

use serde::{Deserialize, Serialize};

use crate::cores::Cores;

/// The machine, as it describes itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: u32,
    pub memory_mib: u64,
    pub kernel: String,
    pub system: String,
    /// Who ran on which core.
    pub pinning: String,
}

impl Machine {
    pub fn here(cores: &Cores) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let kib: u64 = field(&read("/proc/meminfo"), "MemTotal", ':')
            .split(' ')
            .next()
            .and_then(|it| it.parse().ok())
            .unwrap_or_default();
        let virtual_machine = if cpuinfo.contains(" hypervisor") {
            ", in a virtual machine"
        } else {
            ""
        };
        Self {
            cpu: field(&cpuinfo, "model name", ':') + virtual_machine,
            cores: std::thread::available_parallelism().map_or(1, |it| it.get() as u32),
            memory_mib: kib / 1_024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            system: field(&read("/etc/os-release"), "PRETTY_NAME", '=')
                .trim_matches('"')
                .to_owned(),
            pinning: cores.told(),
        }
    }
}

/// The versions of everything that is measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The revision; `-dirty` where the sources had been changed.
    pub pushpull: String,
    pub rustc: String,
    pub axum: String,
    pub hyper: String,
    pub tokio: String,
    pub nginx: String,
    pub nchan: String,
}

impl Versions {
    pub fn here() -> Self {
        let lock = include_str!("../../Cargo.lock");
        let own = env!("CARGO_PKG_VERSION");
        let revision = revision();
        Self {
            pushpull: format!("{own} at {revision}"),
            rustc: said("rustc", &["--version"]),
            axum: locked(lock, "axum"),
            hyper: locked(lock, "hyper"),
            tokio: locked(lock, "tokio"),
            nginx: said("/usr/sbin/nginx", &["-v"]).replace("nginx version: nginx/", ""),
            nchan: said(
                "dpkg-query",
                &["-W", "-f", "${Version}", "libnginx-mod-nchan"],
            ),
        }
    }
}

/// The last change of what is measured: a page that is written behind it changes nothing.
fn revision() -> String {
    const PRODUCT: [&str; 4] = ["--", "src", "Cargo.toml", "Cargo.lock"];
    let git = |arguments: &[&str]| said("git", &[arguments, &PRODUCT].concat());
    let last = git(&["log", "-1", "--abbrev=12", "--format=%h"]);
    if git(&["status", "--porcelain"]).is_empty() {
        last
    } else {
        format!("{last}-dirty")
    }
}

/// What a program says, on whichever stream; nothing where it is not there.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    let Ok(output) = output else {
        return "not there".to_owned();
    };
    let text = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// The value of a line `name: value`.
fn field(text: &str, name: &str, sign: char) -> String {
    let line = text.lines().find_map(|line| {
        let (key, value) = line.split_once(sign)?;
        (key.trim() == name).then(|| value.trim().to_owned())
    });
    line.unwrap_or_default()
}

/// A package's version in `Cargo.lock`.
fn locked(lock: &str, name: &str) -> String {
    let head = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split(&head).nth(1).and_then(|it| it.split('"').next());
    version.unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"hyper-util\"\nversion = \"0.1\"\n\n[[package]]\nname = \"hyper\"\nversion = \"1.12.0\"\n";
        assert_eq!(locked(lock, "hyper"), "1.12.0");
        assert_eq!(locked(lock, "rocket"), "unknown");
        let real = include_str!("../../Cargo.lock");
        assert!(locked(real, "axum").starts_with("0.8"));
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t: 1\nmodel name\t: A CPU\n";
        assert_eq!(field(text, "model name", ':'), "A CPU");
        assert_eq!(field(text, "flags", ':'), "");
    }
}
