use clap::Parser;
use proptest::prelude::*;

use super::*;
use crate::load::LoadOptions;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    load: LoadOptions,
}

fn here() -> Place {
    Place {
        origin: "http://127.0.0.1:3000".to_owned(),
        pid: Some(4_711),
    }
}

fn chosen(pairs: &[(&str, &str)]) -> Choice {
    Choice::read(pairs.iter().copied(), &here())
}

/// What the generator makes of the words.
fn understood(words: &[Vec<String>]) -> LoadOptions {
    let words = words.iter().flatten().map(String::as_str);
    let line = std::iter::once("pushpull").chain(words);
    match Line::try_parse_from(line) {
        Ok(line) => line.load,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn nothing_chosen_is_all_four_transports_against_this_server() {
    let command = chosen(&[]).command(&here()).unwrap();
    let expected = "pushpull load \\\n  --url http://127.0.0.1:3000 \\\n  \
        --transport polling,long-polling,sse,websocket \\\n  --subscribers 10,100,250,1000 \\\n  \
        --rate 10 \\\n  --size 128 \\\n  --duration 10 \\\n  --poll-interval 1000 \\\n  \
        --wait 25 \\\n  --seed 1 \\\n  --server-pid 4711 \\\n  --report http://127.0.0.1:3000";
    assert_eq!(command, expected);
}

#[test]
fn another_server_is_named_with_its_dialect_and_its_addresses() {
    let choice = chosen(&[
        ("transport", "sse"),
        ("target", "nchan"),
        (
            "subscribe-url",
            "http://127.0.0.1:8080/sub/{topic}?x=1&y=it's",
        ),
        ("publish-url", "http://127.0.0.1:8080/pub/{topic}"),
        ("name", "tonight, $(rm -rf ~)"),
    ]);
    let command = choice.command(&here()).unwrap();
    for part in [
        "--adapter nchan \\\n",
        r"--subscribe-url 'http://127.0.0.1:8080/sub/{topic}?x=1&y=it'\''s' ",
        "--name 'tonight, $(rm -rf ~)' ",
        "--report http://127.0.0.1:3000",
    ] {
        assert!(command.contains(part), "{part}: {command}");
    }
    assert!(!command.contains("--url") && !command.contains("--poll-interval"));
    let options = understood(&choice.words(&here()).unwrap());
    assert_eq!(options.name, "tonight, $(rm -rf ~)");
    assert!(options.are_in_order());
}

#[test]
fn what_cannot_be_so_is_named_and_gives_no_command() {
    let wrong: [(&str, &str, Field); 17] = [
        ("target", "mars", Field::Target),
        ("target", "plain", Field::Target),
        ("subscribers", "", Field::Subscribers),
        ("subscribers", "0", Field::Subscribers),
        ("subscribers", "1,2,3,4,5,6,7,8,9", Field::Subscribers),
        ("subscribers", "10;20", Field::Subscribers),
        ("rate", "501", Field::Rate),
        ("rate", "1e2", Field::Rate),
        ("rate", "NaN", Field::Rate),
        ("size", "23", Field::Size),
        ("duration", "0", Field::Duration),
        ("poll-interval", "49", Field::PollInterval),
        ("wait", "61", Field::Wait),
        ("idle", "-1", Field::Idle),
        ("seed", "18446744073709551616", Field::Seed),
        ("server-pid", "self", Field::ServerPid),
        ("name", "a\u{202e}b", Field::Name),
    ];
    let all = [("transport", "sse"), ("transport", "polling")];
    let all = [
        &all[..],
        &[("transport", "websocket"), ("transport", "long-polling")],
    ]
    .concat();
    for (name, value, field) in wrong {
        let choice = chosen(&[&all[..], &[(name, value)]].concat());
        assert!(choice.wrong(&here()).contains(&field), "{name}={value}");
        assert_eq!(choice.command(&here()), None, "{name}={value}");
    }
    for address in [
        "",
        "127.0.0.1:3000",
        "https://127.0.0.1",
        "http://user:secret@127.0.0.1/",
        "javascript:alert(1)",
    ] {
        let choice = chosen(&[
            ("transport", "sse"),
            ("target", "pushpull"),
            ("url", address),
        ]);
        assert_eq!(choice.wrong(&here()), [Field::Url], "{address}");
    }
    let none = chosen(&[("rate", "5")]);
    assert!(none.transports.is_empty() && none.command(&here()).is_none());
}

#[test]
fn a_server_that_speaks_https_cannot_be_measured_but_can_be_told() {
    let place = Place {
        origin: "https://127.0.0.1:3000".to_owned(),
        pid: Some(1),
    };
    let choice = Choice::read(std::iter::empty(), &place);
    assert_eq!(choice.wrong(&place), [Field::Target]);
    let pairs = [
        ("transport", "sse"),
        ("target", "pushpull"),
        ("url", "http://127.0.0.1:1"),
    ];
    let other = Choice::read(pairs.into_iter(), &place);
    let command = other.command(&place).unwrap();
    assert!(
        command.ends_with("--report https://127.0.0.1:3000"),
        "{command}"
    );
}

proptest! {
    #[test]
    fn what_is_offered_is_understood_as_it_was_chosen(
        transports in proptest::sample::subsequence(Transport::PLAIN.to_vec(), 1..=4),
        subscribers in proptest::collection::vec(1..=1_000_000_u32, 1..=8),
        rate in 100..=500_000_u32,
        sizes in (24..=16_384_u32, 20..=3_600_u32, 50..=60_000_u32, 1..=60_u32, 0..=3_600_u32),
        seed: u64,
        name in "[^\\p{C}\u{2028}\u{2029}]{0,40}",
    ) {
        let (size, duration, interval, wait, idle) = sizes;
        let rate = f64::from(rate) / 1e3;
        let list: Vec<String> = subscribers.iter().map(u32::to_string).collect();
        let texts = [
            ("subscribers", list.join(", ")),
            ("rate", rate.to_string()),
            ("size", size.to_string()),
            ("duration", duration.to_string()),
            ("poll-interval", interval.to_string()),
            ("wait", wait.to_string()),
            ("idle", idle.to_string()),
            ("seed", seed.to_string()),
            ("name", name.clone()),
        ];
        let pairs = transports.iter().map(|it| ("transport", it.slug()));
        let pairs = pairs.chain(texts.iter().map(|(field, text)| (*field, text.as_str())));
        let choice = Choice::read(pairs, &here());
        let words = choice.words(&here());
        prop_assert!(words.is_some(), "{:?}", choice.wrong(&here()));
        let options = understood(&words.unwrap());
        prop_assert_eq!(&options.subscribers, &subscribers);
        prop_assert_eq!(options.rate, rate);
        prop_assert_eq!(
            (options.size, options.duration, options.seed),
            (size, duration, seed)
        );
        if transports.contains(&Transport::Polling) {
            prop_assert_eq!(options.poll_interval, interval);
        }
        if transports.contains(&Transport::LongPolling) {
            prop_assert_eq!(options.wait, wait);
        }
        prop_assert_eq!(options.idle, idle);
        prop_assert_eq!(options.name.trim(), name.trim());
        prop_assert_eq!(options.report.as_deref(), Some("http://127.0.0.1:3000"));
        // A low rate may have no event in a short time, whatever the flags.
        prop_assert!(rate < 1.0 || options.are_in_order());
    }
}
