//! The machine's wall clock is stepped, or the server's clock drifts, in the middle of a run.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    app::TestApp,
    program::{Program, Site, pushpull},
    raw::{self, Answer},
};

/// A wall clock that a test steps, for a process of its own.
struct WallClock {
    library: PathBuf,
    step: PathBuf,
}

impl WallClock {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (library, step) = (folder.join("wall_clock.so"), folder.join("wall_clock_step"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/preload/wall_clock.c");
        // The compiler that Rust itself links with.
        let compiled = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .args([&library, Path::new(source)])
            .arg("-ldl")
            .status();
        assert!(compiled.unwrap().success());
        let clock = Self { library, step };
        clock.step_by(Duration::ZERO);
        clock
    }

    /// Puts the wall clock so far ahead of the machine's.
    fn step_by(&self, ahead: Duration) {
        use std::io::Write;
        let ns = i64::try_from(ahead.as_nanos()).unwrap();
        // In place: the process has mapped this very file.
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.step)
            .unwrap();
        file.write_all(&ns.to_ne_bytes()).unwrap();
    }

    async fn serve(&self) -> Program {
        let site = Site::empty();
        let mut command = pushpull(&["serve", "--addr", "127.0.0.1:0", "--site", site.path()]);
        command
            .env("LD_PRELOAD", &self.library)
            .env("WALL_CLOCK_STEP", &self.step)
            .stderr(std::process::Stdio::null());
        Program::announced(command, site).await
    }
}

/// What the server told of its clock, and between which moments of ours.
struct Told {
    sent: Instant,
    us: u64,
    /// The wall clock as the answer's `Date` has it, in whole seconds of the day.
    second_of_day: u64,
    returned: Instant,
}

async fn asked(server: &Program, line: &str, body: &str) -> Answer {
    raw::ask(server.addr, line, &[], body).await
}

async fn tell(server: &Program) -> Told {
    let sent = Instant::now();
    let answer = asked(server, "GET /api/clock", "").await;
    let returned = Instant::now();
    let date = answer.header("date").expect("a date").to_owned();
    let time = date.split(' ').nth(4).expect("a time of day");
    let second_of_day = time
        .split(':')
        .fold(0, |all, part| all * 60 + part.parse::<u64>().unwrap());
    Told {
        sent,
        us: answer.json()["received"].as_u64().unwrap(),
        second_of_day,
        returned,
    }
}

/// The server's clock went on from the one answer to the other as ours did, to the µs that the
/// answers' own times leave open.
fn assert_steady(before: &Told, after: &Told) {
    let passed = Duration::from_micros(after.us.checked_sub(before.us).expect("no step back"));
    let least = after.sent - before.returned;
    let most = after.returned - before.sent;
    let rounding = Duration::from_micros(1);
    assert!(
        (least.saturating_sub(rounding)..=most + rounding).contains(&passed),
        "{passed:?} on the server's clock, {least:?} to {most:?} on ours"
    );
}

#[tokio::test]
async fn a_step_of_the_wall_clock_moves_no_event() {
    let clock = WallClock::new();
    let server = clock.serve().await;
    let before = tell(&server).await;
    clock.step_by(Duration::from_millis(250));
    let after = tell(&server).await;
    assert_steady(&before, &after);
    let published = asked(&server, "POST /api/topics/steps/events", "x").await;
    assert_eq!(published.status, 201);
    let last = tell(&server).await;
    let polled = asked(&server, "GET /api/topics/steps/poll?after=start", "").await;
    let at = polled.json()["events"][0]["at"].as_u64().unwrap();
    assert!((after.us..=last.us).contains(&at));

    // That the process's wall clock is stepped at all: an hour shows in the answers' dates.
    clock.step_by(Duration::from_secs(3_600));
    let later = tell(&server).await;
    assert_steady(&before, &later);
    let day = 86_400;
    let stepped = (later.second_of_day + day - last.second_of_day) % day;
    assert!((3_595..3_700).contains(&stepped), "{stepped} s");
}

#[tokio::test]
async fn a_clock_that_is_told_to_drift_does() {
    let told = async |app: &TestApp| {
        let sent = Instant::now();
        let told: Value = app.ask("/api/clock").await.json().await.unwrap();
        (sent, told["sent"].as_u64().unwrap(), Instant::now())
    };
    // 200,000 millionths, so that the answers' own times leave no doubt.
    let app = TestApp::with(|options| {
        options.test_knobs = true;
        options.test_clock_drift = 200_000;
    })
    .await;
    let (sent, first, returned) = told(&app).await;
    loop {
        let (again, second, back) = told(&app).await;
        let passed = (second - first) as f64 / 1e6;
        let least = (again - returned).as_secs_f64();
        let most = (back - sent).as_secs_f64();
        assert!((least * 1.2 - 1e-5..=most * 1.2 + 1e-5).contains(&passed));
        if passed > most {
            break;
        }
    }
}
