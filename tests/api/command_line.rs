//! The program as a command: what it says, what it reads, how it ends.

mod publishing;

use std::process::Output;

use crate::{
    program::{Program, Site, pushpull, run},
    raw::ask,
};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn the_environment_mirrors_the_flags() {
    let site = Site::empty();
    let mut command = pushpull(&["serve"]);
    command
        .env("PUSHPULL_ADDR", "127.0.0.1:0")
        .env("PUSHPULL_SITE", site.path());
    command.env("PUSHPULL_PUBLIC_HOST", "one.example,two.example");
    command.env(
        "PUSHPULL_ALLOW_ORIGIN",
        "https://a.example,https://b.example",
    );
    command
        .env("PUSHPULL_TEST_KNOBS", "true")
        .env("PUSHPULL_WORKERS", "1");
    command.env("PUSHPULL_TOPIC_EVENTS", "2");
    let program = Program::announced(command, site).await;
    for host in ["one.example", "two.example"] {
        assert_eq!(
            ask(program.addr, "GET /healthz", &[("Host", host)], "")
                .await
                .status,
            200
        );
    }
    let origin = [("Origin", "https://b.example")];
    assert_eq!(
        ask(program.addr, "POST /api/topics/t/events", &origin, "x")
            .await
            .status,
        201
    );
    assert_eq!(
        ask(
            program.addr,
            "POST /api/test/lanes/x",
            &[("Content-Type", "application/json")],
            "{}"
        )
        .await
        .status,
        204
    );

    let mut publisher = pushpull(&["publish"]);
    publisher
        .env("PUSHPULL_URL", format!("http://{}/", program.addr))
        .env("PUSHPULL_TOPIC", "t");
    assert_eq!(
        run(&mut publisher, "1\n2\n3\n").await.status.code(),
        Some(0)
    );
    let polled = ask(program.addr, "GET /api/topics/t/poll?after=start", &[], "")
        .await
        .json();
    assert_eq!(
        polled["events"].as_array().unwrap().len(),
        2,
        "as PUSHPULL_TOPIC_EVENTS says"
    );
}

#[tokio::test]
async fn help_teaches() {
    let help = async |arguments: &[&str]| {
        let output = run(&mut pushpull(arguments), "").await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = help(&["--help"]).await;
    for word in ["serve", "publish", "load", "http://127.0.0.1:3000"] {
        assert!(all.contains(word), "{word} in {all}");
    }
    for (command, words) in [
        (
            "serve",
            ["127.0.0.1:3000", "--public-host", "RUST_LOG", "Seconds"],
        ),
        (
            "publish",
            [
                "tail -f app.log | pushpull publish --topic log",
                "Exit code",
                "http://127.0.0.1:3000",
                "retr",
            ],
        ),
        (
            "load",
            [
                "3 the generator was saturated",
                "--adapter nchan",
                "from the schedule",
                "own delay",
            ],
        ),
    ] {
        let text = help(&[command, "--help"]).await;
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
        let flags: Vec<_> = text
            .lines()
            .filter_map(|line| {
                line.trim_start()
                    .trim_start_matches("-q, ")
                    .strip_prefix("--")
            })
            .filter_map(|flag| flag.split([' ', '<']).next())
            .filter(|flag| !matches!(*flag, "help" | "version"))
            .collect();
        assert!(flags.len() >= 5, "{flags:?}");
        for flag in flags {
            let variable = format!("[env: PUSHPULL_{}", flag.to_uppercase().replace('-', "_"));
            // A secret's value is not shown, so there is no `=` either.
            let named = ["=", "]"]
                .iter()
                .any(|end| text.contains(&format!("{variable}{end}")));
            assert!(named, "--{flag} has {variable} in {text}");
        }
    }
}

#[tokio::test]
async fn wrong_usage_is_2_and_says_what_is_right() {
    for (arguments, hint) in [
        (&["publish"][..], "--topic"),
        (&["publish", "--topic", "Not A Topic"], "a-z"),
        (&["serve", "--addr", "nowhere"], "--addr"),
        (&["serve", "--heartbeat", "0"], "0.05"),
        (&["serve", "--workers", "0"], "1..=1024"),
        (&["serve", "--token", "short"], "16"),
        (&["serve", "--allow-origin", "*"], "https://example.org"),
        (&["serv"], "serve"),
        (&[], "serve"),
    ] {
        let output = run(&mut pushpull(arguments), "").await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(hint),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_told() {
    let site = Site::empty();
    let taken = Program::serve(&[]).await;
    let addr = taken.addr.to_string();
    let token = ["--token", "a-secret-of-the-tests"];
    for (flags, hints) in [
        (vec!["--addr", &addr], ["cannot listen on", "--addr"]),
        (vec!["--addr", "0.0.0.0:0"], ["0.0.0.0:0", "--public-host"]),
        (
            vec!["--addr", "0.0.0.0:0", "--public-host", "x.example"],
            ["0.0.0.0:0", "--token"],
        ),
        (
            [
                &[
                    "--addr",
                    "0.0.0.0:0",
                    "--public-host",
                    "x.example",
                    "--test-knobs",
                ],
                &token[..],
            ]
            .concat(),
            ["--test-knobs", "loopback"],
        ),
    ] {
        let arguments = [&["serve", "--site", site.path()], &flags[..]].concat();
        let output = run(&mut pushpull(&arguments), "").await;
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        assert!(output.stdout.is_empty(), "{flags:?}");
        for hint in hints {
            assert!(
                stderr(&output).contains(hint),
                "{flags:?}: {}",
                stderr(&output)
            );
        }
    }
    let unbuilt = run(
        &mut pushpull(&["serve", "--addr", "127.0.0.1:0", "--site", "no/such/folder"]),
        "",
    )
    .await;
    assert_eq!(unbuilt.status.code(), Some(1));
    assert!(
        stderr(&unbuilt).contains("make run"),
        "{}",
        stderr(&unbuilt)
    );
    let mut moved = pushpull(&["serve", "--addr", "127.0.0.1:0", "--site", site.path()]);
    moved.env("LEPTOS_HASH_FILE", "no-such-hashes.txt");
    let moved = run(&mut moved, "").await;
    assert_eq!(moved.status.code(), Some(1));
    let said = stderr(&moved);
    assert!(
        said.contains("no-such-hashes.txt") && said.contains("beside the executable"),
        "{said}"
    );
    let mut elsewhere = pushpull(&["serve", "--addr", "127.0.0.1:0", "--site", site.path()]);
    elsewhere.current_dir(site.path());
    let elsewhere = run(&mut elsewhere, "").await;
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(
        stderr(&elsewhere).contains("Leptos.toml"),
        "{}",
        stderr(&elsewhere)
    );
}
