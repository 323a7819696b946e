//! Who is measured, and how they are started.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering::Relaxed},
    thread::sleep,
    time::{Duration, Instant},
};

use pushpull::transport::Transport;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::{Failure, cores::Cores};

/// Where nginx and its module lie in Debian.
const NGINX: &str = "/usr/sbin/nginx";
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
/// The port that Nchan's configuration names, and from which free ones are looked for: below
/// those that connections get by themselves.
const PORT: u16 = 3_190;
/// How long a server may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contender {
    /// pushpull with one worker.
    Pushpull,
    /// The same, with all connections left to hyper.
    TakeoverOff,
    /// Its server functions, which carry polls: what the framework's own transports cost.
    ServerFn,
    /// nginx with the module Nchan, one worker: `bench/nchan.conf`.
    Nchan,
    /// axum as most would write it: `bench/plain.rs`.
    Plain,
    /// One write for each delivery and nothing else: `bench/floor.rs`.
    Floor,
}

impl Contender {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Pushpull,
        Self::TakeoverOff,
        Self::ServerFn,
        Self::Nchan,
        Self::Plain,
        Self::Floor,
    ];

    /// Its name in tables and pictures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pushpull => "pushpull",
            Self::TakeoverOff => "pushpull, take-over off",
            Self::ServerFn => "pushpull, server function",
            Self::Nchan => "Nchan",
            Self::Plain => "plain axum",
            Self::Floor => "floor",
        }
    }

    /// How the generator reaches it.
    pub fn flags(self, transport: Transport, port: u16) -> Vec<String> {
        let base = format!("http://127.0.0.1:{port}");
        let adapter = match self {
            Self::Pushpull | Self::TakeoverOff => return vec!["--url".to_owned(), base],
            Self::ServerFn => {
                return ["--adapter", "server-fn", "--url", &base]
                    .map(str::to_owned)
                    .into();
            }
            Self::Nchan => "nchan",
            Self::Plain | Self::Floor => "plain",
        };
        let path = match transport.plain() {
            Transport::LongPolling => "/long-poll",
            Transport::Sse => "/sse",
            Transport::WebSocket => "/ws",
            _ => "/poll",
        };
        [
            "--adapter",
            adapter,
            "--subscribe-url",
            &format!("{base}{path}"),
            "--publish-url",
            &format!("{base}/publish"),
        ]
        .map(str::to_owned)
        .into()
    }

    /// Why it cannot be measured on this machine.
    pub fn missing(self) -> Option<String> {
        let wanted = [NGINX, MODULE];
        let lost = wanted.into_iter().find(|path| !Path::new(path).exists())?;
        (self == Self::Nchan).then(|| {
            format!("{lost} is missing (Debian: apt-get install nginx-light libnginx-mod-nchan)")
        })
    }

    /// The command that serves on that port, with its files in `folder`.
    fn command(
        self,
        programs: &Programs,
        cores: &Cores,
        port: u16,
        folder: &Path,
    ) -> Result<Command, Failure> {
        let address = format!("127.0.0.1:{port}");
        let mut command = match self {
            Self::Pushpull | Self::TakeoverOff | Self::ServerFn => {
                let site = folder.join("site");
                fs::create_dir_all(site.join("pkg")).map_err(Failure::io("a folder"))?;
                let mut command = cores.server(&programs.pushpull);
                command
                    // It serves no page, so there need not have been a build of any.
                    .env("LEPTOS_HASH_FILES", "false")
                    .args(["serve", "--workers", "1", "--db", ":memory:"])
                    .args(["--max-connections", "100000", "--addr", &address])
                    .args([
                        "--takeover",
                        if self == Self::TakeoverOff {
                            "off"
                        } else {
                            "on"
                        },
                    ])
                    .arg("--site")
                    .arg(site);
                command
            }
            Self::Nchan => {
                let ours = include_str!("../nchan.conf");
                let listen = |port| format!("127.0.0.1:{port}");
                let conf = ours.replace(&listen(PORT), &listen(port));
                let file = folder.join("nchan.conf");
                fs::write(&file, conf).map_err(Failure::io("Nchan's configuration"))?;
                let mut command = cores.server(Path::new(NGINX));
                command.args(["-e", "stderr", "-p"]).arg(folder);
                command.arg("-c").arg(file);
                command
            }
            Self::Plain | Self::Floor => {
                let program = match self {
                    Self::Plain => &programs.plain,
                    _ => &programs.floor,
                };
                let mut command = cores.server(program);
                command.arg(address);
                command
            }
        };
        // Where its bundle would lie.
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        // What is set here for somebody's own server is not meant for this one.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PUSHPULL_")) {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// Starts it and waits until it answers.
    pub fn start(self, programs: &Programs, cores: &Cores) -> Result<Running, Failure> {
        let folder = TempDir::new().map_err(Failure::io("a folder"))?;
        let log = File::create(folder.path().join("log")).map_err(Failure::io("a log"))?;
        let port = free_port()?;
        let child = self
            .command(programs, cores, port, folder.path())?
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Failure::io(format!("{} does not start", self.name())))?;
        let mut running = Running {
            pids: vec![child.id()],
            child,
            port,
            folder,
        };
        running.wait_until_it_answers(self)?;
        if self == Self::Nchan {
            running.find_workers()?;
        }
        Ok(running)
    }
}

/// The programs that were built for it.
#[derive(Debug)]
pub struct Programs {
    pub pushpull: std::path::PathBuf,
    plain: std::path::PathBuf,
    floor: std::path::PathBuf,
}

impl Programs {
    /// Beside this one, where cargo has put them.
    pub fn find() -> Result<Self, Failure> {
        let own = std::env::current_exe().map_err(Failure::io("this program"))?;
        let examples = own.parent().unwrap_or(Path::new("."));
        let at = |path: std::path::PathBuf| {
            if path.exists() {
                Ok(path)
            } else {
                Err(Failure::Missing(path.display().to_string()))
            }
        };
        Ok(Self {
            pushpull: at(examples.join("../pushpull"))?,
            plain: at(examples.join("plain"))?,
            floor: at(examples.join("floor"))?,
        })
    }
}

/// A server that runs. It ends with this value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pub port: u16,
    /// All of its processes.
    pub pids: Vec<u32>,
    folder: TempDir,
}

impl Running {
    fn wait_until_it_answers(&mut self, who: Contender) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().is_ok_and(|it| it.is_some());
            if ended || Instant::now() > until {
                let name = who.name();
                return Err(Failure::Program(format!(
                    "{name} does not answer: {}",
                    self.said()
                )));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// nginx answers by processes of its own.
    fn find_workers(&mut self) -> Result<(), Failure> {
        let master = self.child.id();
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let told = fs::read_to_string(format!("/proc/{master}/task/{master}/children"));
            let told = told.map_err(Failure::io("nginx's workers"))?;
            let workers: Vec<u32> = told.split(' ').filter_map(|it| it.parse().ok()).collect();
            if !workers.is_empty() {
                self.pids.extend(workers);
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        Err(Failure::Program("nginx has no worker".to_owned()))
    }

    /// The last thing that it said.
    pub fn said(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        log.lines().last().unwrap_or("nothing was said").to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked, nginx ends its workers as well.
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process(pid, Signal::TERM);
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody listens on, another one each time: what is left of the last lane's
/// connections meets no new ones.
fn free_port() -> Result<u16, Failure> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    for _ in 0..1_000 {
        let port = PORT + NEXT.fetch_add(1, Relaxed) % 1_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Failure::Program("no port is free".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_has_its_addresses() {
        let flags = Contender::Nchan.flags(Transport::LongPolling, 1);
        assert!(flags.contains(&"http://127.0.0.1:1/long-poll".to_owned()));
        assert!(flags.contains(&"nchan".to_owned()));
        let own = Contender::TakeoverOff.flags(Transport::Sse, 1);
        assert_eq!(own, ["--url", "http://127.0.0.1:1"]);
    }

    #[test]
    fn nchans_configuration_has_the_port_that_is_replaced_and_every_address() {
        let conf = include_str!("../nchan.conf");
        assert_eq!(conf.matches(&format!("127.0.0.1:{PORT}")).count(), 1);
        for transport in Transport::PLAIN {
            let flags = Contender::Nchan.flags(transport, 1);
            let path = flags
                .iter()
                .find_map(|it| it.strip_prefix("http://127.0.0.1:1"));
            let location = format!("location = {} {{", path.unwrap_or_default());
            assert!(conf.contains(&location), "{location}");
        }
    }
}
