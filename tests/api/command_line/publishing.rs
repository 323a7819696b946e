//! `pushpull publish`: lines become events.

use std::process::Output;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::stderr;
use crate::{
    app::{TestApp, soon},
    program::{Program, pushpull, run},
    raw::ask,
};

/// What a topic's events hold, from the oldest on.
async fn published(app: &TestApp, topic: &str) -> Vec<String> {
    let batch = app.poll(topic, "after=start").await;
    batch.events.into_iter().map(|event| event.data).collect()
}

async fn publish(app: &TestApp, flags: &[&str], input: impl AsRef<[u8]>) -> Output {
    let url = app.url("");
    let arguments = [&["publish", "--url", &url, "--topic", "t"], flags].concat();
    run(&mut pushpull(&arguments), input).await
}

#[tokio::test]
async fn each_line_becomes_an_event_in_order() {
    let app = TestApp::start().await;
    let output = publish(
        &app,
        &[],
        "first\n\n  blanks  \r\nünïcødé 한국어\na\rb\nlast",
    )
    .await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected = ["first", "", "  blanks  ", "ünïcødé 한국어", "a\rb", "last"];
    assert_eq!(published(&app, "t").await, expected);
    assert!(
        output.stdout.is_empty(),
        "stdout belongs to the next in the pipe"
    );
    assert!(
        stderr(&output).contains("published 6, lost 0"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test]
async fn a_last_line_feed_makes_no_empty_event() {
    let app = TestApp::start().await;
    publish(&app, &[], "one\n").await;
    assert_eq!(published(&app, "t").await, ["one"]);
    let output = publish(&app, &[], "").await;
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        published(&app, "t").await,
        ["one"],
        "nothing in, nothing out"
    );
}

#[tokio::test]
async fn many_lines_keep_their_order() {
    let app = TestApp::start().await;
    let lines: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    let output = publish(&app, &["--quiet"], lines.join("\n")).await;
    assert_eq!(output.status.code(), Some(0));
    let mut all = Vec::new();
    let mut after = "start".to_owned();
    while all.len() < 1_000 {
        let batch = app.poll("t", &format!("after={after}")).await;
        assert!(!batch.events.is_empty(), "{} of 1,000 are there", all.len());
        after = batch.next.to_string();
        all.extend(batch.events.into_iter().map(|event| event.data));
    }
    assert_eq!(all, lines);
}

#[tokio::test]
async fn a_refused_line_is_lost_and_told_and_the_others_are_published() {
    let app = TestApp::start().await;
    let fits = "x".repeat(65_536);
    let mut input = format!("before\n{fits}x\n{fits}\n").into_bytes();
    input.extend(b"not \xff text\nafter\n");
    let output = publish(&app, &[], input).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(published(&app, "t").await, ["before", &fits, "after"]);
    let told = stderr(&output);
    assert!(told.contains("published 3, lost 2"), "{told}");
    assert!(
        told.contains("65536") && told.contains("UTF-8"),
        "the server's reasons: {told}"
    );
}

#[tokio::test]
async fn lines_flow_while_the_input_is_open() {
    let app = TestApp::start().await;
    let url = app.url("");
    let mut command = pushpull(&["publish", "--url", &url, "--topic", "t"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let start = app.poll("t", "").await.next;
    for n in 0..3 {
        stdin.write_all(format!("{n}\n").as_bytes()).await.unwrap();
        let batch = app
            .long_poll("t", &format!("wait=20&after={}-{n}", start.epoch))
            .await;
        assert_eq!(
            batch.events[0].data,
            n.to_string(),
            "before the next line is written"
        );
    }
    drop(stdin);
    assert!(
        soon("the publisher to end", child.wait())
            .await
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn it_waits_for_a_server_that_comes_up_later() {
    let early = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = early.local_addr().unwrap();
    let url = format!("http://{addr}");
    let publishing = tokio::spawn(async move {
        run(
            &mut pushpull(&["publish", "--url", &url, "--topic", "t", "--retries", "30"]),
            "patience\n",
        )
        .await
    });
    // The first attempt reaches somebody who hangs up; then nobody is there for a while.
    drop(soon("the first attempt", early.accept()).await.unwrap());
    drop(early);
    let program = Program::serve(&["--addr", &addr.to_string()]).await;
    let output = soon("the publisher", publishing).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let polled = ask(program.addr, "GET /api/topics/t/poll?after=start", &[], "")
        .await
        .json();
    assert_eq!(polled["events"][0]["data"], "patience");
}

#[tokio::test]
async fn it_gives_up_where_nobody_answers() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let mut command = pushpull(&["publish", "--url", &url, "--topic", "t", "--retries", "1"]);
    let output = run(&mut command, "lost\n").await;
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(
        told.contains("published 0, lost 1") && told.contains(&url),
        "{told}"
    );
}

#[tokio::test]
async fn the_success_of_another_server_is_none() {
    for status in ["200 OK", "303 See Other\r\nLocation: /"] {
        let router = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", router.local_addr().unwrap());
        let answering = tokio::spawn(async move {
            while let Ok((mut stream, _)) = router.accept().await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let answer =
                    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let arguments = ["publish", "--url", &url, "--topic", "t"];
        let output = run(&mut pushpull(&arguments), "a line\n").await;
        answering.abort();
        assert_eq!(output.status.code(), Some(1), "{status}");
        let told = stderr(&output);
        assert!(told.contains("published 0, lost 1"), "{told}");
        assert!(told.contains(&status[..3]), "{told}");
    }
}

#[tokio::test]
async fn what_is_no_address_of_a_server_is_refused_at_once() {
    for url in [
        "",
        "127.0.0.1:3000",
        "ftp://127.0.0.1",
        "http://",
        "not an address",
    ] {
        let output = run(
            &mut pushpull(&["publish", "--url", url, "--topic", "t"]),
            "",
        )
        .await;
        assert_eq!(output.status.code(), Some(2), "{url}: {}", stderr(&output));
        assert!(
            stderr(&output).contains("http://"),
            "{url}: {}",
            stderr(&output)
        );
    }
}

#[tokio::test]
async fn the_token_is_shown() {
    let token = "a-secret-of-the-tests";
    let app = TestApp::with(|options| options.token = Some(token.to_owned())).await;
    let without = publish(&app, &[], "x\n").await;
    assert_eq!(without.status.code(), Some(1));
    assert!(stderr(&without).contains("token"), "{}", stderr(&without));
    let with = publish(&app, &["--token", token], "x\n").await;
    assert_eq!(with.status.code(), Some(0));
    assert!(!stderr(&with).contains(token));
}
