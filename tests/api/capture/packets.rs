//! What went over loopback, seen by somebody else: `dumpcap` writes the packets down, `tshark`
//! reads them.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::app::soon;

/// One direction of a connection: the addresses' ports, from and to.
type Direction = (u16, u16);

/// A capture that runs.
pub struct Capture {
    dumpcap: Child,
    file: PathBuf,
    port: u16,
}

/// Payload that a connection carried, each byte counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Payload {
    /// From the client to the server.
    pub to_server: u64,
    pub to_client: u64,
    /// Both sides have ended it.
    pub ended: bool,
    reset: bool,
}

#[derive(Default)]
struct Flow {
    first: u32,
    /// Begin and end of each segment's data, counted from the first byte.
    segments: Vec<(u32, u32)>,
    fin: bool,
    reset: bool,
}

impl Flow {
    fn payload(&self) -> u64 {
        let mut segments = self.segments.clone();
        segments.sort_unstable();
        let (mut sum, mut seen) = (0, 0);
        for (begin, end) in segments {
            assert!(
                begin <= seen,
                "a segment is missing: the capture lost packets"
            );
            sum += u64::from(end.saturating_sub(seen));
            seen = seen.max(end);
        }
        sum
    }
}

impl Capture {
    /// Begins to write down what goes to and from a port; `None`, and a word about it that the
    /// summary of `make test` repeats, where this machine does not let us.
    pub async fn start(test: &str, port: u16) -> Option<Self> {
        match Self::try_start(test, port).await {
            Ok(capture) => Some(capture),
            Err(reason) => {
                // Past the test harness, which keeps a passed test's words to itself.
                let _ = writeln!(std::io::stderr(), "skipped: {test}: {reason}");
                None
            }
        }
    }

    async fn try_start(test: &str, port: u16) -> Result<Self, String> {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{test}-{}.pcapng", std::process::id()));
        let loopback = if cfg!(target_os = "macos") {
            "lo0"
        } else {
            "lo"
        };
        let filter = format!("tcp port {port}");
        let mut dumpcap = Command::new("dumpcap")
            .args(["-q", "-B", "64", "-i", loopback, "-f", &filter, "-w"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("dumpcap does not start ({error}); install tshark"))?;
        let mut lines = BufReader::new(dumpcap.stderr.take().unwrap()).lines();
        let mut said = String::new();
        while let Some(line) = soon("dumpcap", lines.next_line()).await.unwrap() {
            if line.starts_with("File: ") {
                // Whoever stops reading stops the writer.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self {
                    dumpcap,
                    file,
                    port,
                });
            }
            said = said + " " + line.trim();
        }
        Err(format!("dumpcap may not capture on this machine:{said}"))
    }

    /// Waits until it has seen the end of the connections from these ports, which must be proper;
    /// what each of them carried.
    pub async fn ended(mut self, ports: &[u16]) -> BTreeMap<u16, Payload> {
        let payloads = soon("the packets", async {
            loop {
                let payloads = self.read().await;
                let ended = |port| payloads.get(port).is_some_and(|payload| payload.ended);
                if ports.iter().all(ended) {
                    return payloads;
                }
            }
        })
        .await;
        for port in ports {
            assert!(
                !payloads[port].reset,
                "the connection from {port} was reset"
            );
        }
        let _ = self.dumpcap.kill().await;
        let _ = std::fs::remove_file(&self.file);
        payloads
    }

    async fn read(&self) -> BTreeMap<u16, Payload> {
        let fields = [
            "tcp.srcport",
            "tcp.dstport",
            "tcp.seq_raw",
            "tcp.len",
            "tcp.flags",
        ];
        let mut tshark = Command::new("tshark");
        tshark.args(["-n", "-o", "tcp.desegment_tcp_streams:FALSE"]);
        tshark.args(["-T", "fields", "-r"]).arg(&self.file);
        for field in fields {
            tshark.args(["-e", field]);
        }
        // While the file grows its last packet may be cut; what is whole is told all the same.
        let told = soon("tshark", tshark.output()).await.unwrap();
        let mut flows = BTreeMap::<Direction, Flow>::new();
        for line in String::from_utf8(told.stdout).unwrap().lines() {
            let fields: Vec<_> = line.split('\t').collect();
            let [from, to, seq, length, flags] = fields[..] else {
                panic!("{line}");
            };
            let number = |text: &str| text.parse::<u32>().unwrap();
            let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).unwrap();
            let (fin, syn, reset) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
            let flow = flows
                .entry((from.parse().unwrap(), to.parse().unwrap()))
                .or_default();
            if syn {
                flow.first = number(seq).wrapping_add(1);
            }
            let begin = number(seq).wrapping_sub(flow.first);
            if number(length) > 0 {
                flow.segments.push((begin, begin + number(length)));
            }
            flow.fin |= fin;
            flow.reset |= reset;
        }
        let mut payloads = BTreeMap::<u16, Payload>::new();
        for ((from, to), flow) in &flows {
            let to_server = *to == self.port;
            let client = if to_server { *from } else { *to };
            let payload = payloads.entry(client).or_insert(Payload {
                ended: true,
                ..Payload::default()
            });
            let sum = if to_server {
                &mut payload.to_server
            } else {
                &mut payload.to_client
            };
            payload.ended &= flow.fin;
            payload.reset |= flow.reset;
            *sum = if flow.fin { flow.payload() } else { 0 };
            // An end that has been seen one way only is none.
            payload.ended &= flows.get(&(*to, *from)).is_some_and(|back| back.fin);
        }
        payloads
    }
}
