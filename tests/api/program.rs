//! The program itself, started as its users start it: for what a process has to itself, which is
//! its memory, its signals, its output and its exit code.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
};

use crate::{app::soon, raw::health};

/// A built site with nothing in it, gone when dropped.
pub struct Site(PathBuf);

impl Site {
    pub fn empty() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("site-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(folder.join("pkg")).unwrap();
        Self(folder)
    }

    pub fn with(self, file: &str, content: &str) -> Self {
        std::fs::write(self.0.join(file), content).unwrap();
        self
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The one setting that a run of all the tests may make.
const KEPT: &str = "PUSHPULL_TAKEOVER";

/// What names the files of a site with nothing in it.
fn no_hashes() -> &'static Path {
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-hashes.txt");
        std::fs::write(&file, "").unwrap();
        file
    });
    &FILE
}

/// `pushpull` with these arguments and none of our environment's settings but that; killed when
/// dropped.
pub fn pushpull(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushpull"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = text.starts_with("PUSHPULL_") || text.starts_with("LEPTOS_");
        if text != KEPT && (ours || text == "RUST_LOG") {
            command.env_remove(&name);
        }
    }
    command
        .args(arguments)
        // Nobody's own saved runs are touched.
        .env("PUSHPULL_DB", ":memory:")
        .env("LEPTOS_HASH_FILE", no_hashes())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs it to its end, with that on standard input.
pub async fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    soon("the program to read", stdin.write_all(input.as_ref()))
        .await
        .unwrap();
    drop(stdin);
    soon("the program to end", child.wait_with_output())
        .await
        .unwrap()
}

/// Asks a program to end, as service managers (`TERM`) and terminals (`INT`) do.
pub fn signal(child: &Child, name: &str) {
    let id = child.id().expect("it runs").to_string();
    let told = std::process::Command::new("kill")
        .args(["-s", name, &id])
        .status();
    assert!(told.unwrap().success());
}

/// A serving process.
pub struct Program {
    child: Child,
    pub addr: SocketAddr,
    /// What it has said after that.
    said: Vec<String>,
    _site: Site,
}

impl Program {
    /// Serves an empty site on a free port.
    pub async fn serve(flags: &[&str]) -> Self {
        Self::serve_site(Site::empty(), flags).await
    }

    pub async fn serve_site(site: Site, flags: &[&str]) -> Self {
        let mut command = pushpull(&["serve"]);
        if !flags.contains(&"--addr") {
            command.args(["--addr", "127.0.0.1:0"]);
        }
        command.args(["--site", site.path()]).args(flags);
        // Nobody reads the log; a full pipe would stop the server.
        command.stderr(Stdio::null());
        Self::announced(command, site).await
    }

    /// Starts it and waits for the line that tells the address.
    pub async fn announced(mut command: Command, site: Site) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon("the server to tell its address", lines.next_line())
            .await
            .unwrap();
        let line = line.expect("the server ended before it told its address");
        let mut said = Vec::new();
        if line.contains("https://") {
            // By what its certificate is known.
            for _ in 0..2 {
                said.extend(soon("the fingerprints", lines.next_line()).await.unwrap());
            }
        }
        let addr = line
            .strip_prefix("pushpull listens on http")
            .unwrap()
            .trim_start_matches(['s', ':', '/'])
            .parse()
            .unwrap();
        Self {
            child,
            addr,
            said,
            _site: site,
        }
    }

    /// What it has said after these words.
    pub fn told(&self, words: &str) -> Option<&str> {
        self.said.iter().find_map(|line| line.strip_prefix(words))
    }

    /// Asks it to end.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    pub async fn ended(&mut self) -> ExitStatus {
        soon("the server to end", self.child.wait()).await.unwrap()
    }

    /// One of the numbers that `/healthz` tells.
    pub async fn health(&self, number: &str) -> u64 {
        health(self.addr, number).await
    }

    /// The memory that it has written to, in KiB; what it merely reads of its own file is not
    /// counted. `None` where the system does not tell.
    pub fn memory(&self) -> Option<u64> {
        let id = self.child.id().expect("it runs");
        let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("Anonymous:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }
}
