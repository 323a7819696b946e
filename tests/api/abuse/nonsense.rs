//! What can be read but means nothing, or cannot be read at all.

use crate::{
    app::TestApp,
    raw::{Raw, ask, request},
};

#[tokio::test]
async fn what_is_no_http_is_hung_up_on() {
    let app = TestApp::start().await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut garbage: Vec<Vec<u8>> = (0..50)
        .map(|_| {
            (0..2_000)
                .map(|_| random.u8(..))
                .chain(*b"\r\n\r\n")
                .collect()
        })
        .collect();
    garbage.extend([
        vec![0; 1_000],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/3.7\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n".to_vec(),
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\na".to_vec(),
        b"POST /api/topics/t/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\na".to_vec(),
    ]);
    for bytes in garbage {
        let mut raw = Raw::open(app.addr).await;
        let _ = raw.try_say(&bytes).await;
        let rest = raw.rest().await;
        let text = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    for broken in ["zz\r\n", "ffffffffffffffffff\r\n", "-1\r\n", "2\r\nhix"] {
        let mut raw = Raw::open(app.addr).await;
        let chunked = [("Transfer-Encoding", "chunked")];
        raw.say(request(
            app.addr,
            "POST /api/topics/t/events",
            &chunked,
            broken,
        ))
        .await;
        assert_eq!(
            raw.answer().await.refusal(),
            (400, "broken_body".to_owned()),
            "{broken:?}"
        );
        raw.rest().await;
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn nonsense_to_a_server_function_is_the_clients_fault() {
    let app = TestApp::start().await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let json = ("Content-Type", "application/json");
    let workload = |rate: &str, seconds: &str| {
        format!(
            "workload[rate]={rate}&workload[arrivals]=even&workload[payload]=9\
             &workload[duration_s]={seconds}&workload[seed]=1&poll_interval_ms=1000"
        )
    };
    for rate in ["0", "-1", "NaN", "inf", "1e308", "501", "x"] {
        let answer = ask(
            app.addr,
            "POST /api/fn/prepare-run",
            &[form],
            &workload(rate, "1"),
        )
        .await;
        assert_eq!(answer.status, 400, "{rate}: {}", answer.text());
    }
    for seconds in ["0", "3601", "-1", "1.5", "99999999999999999999"] {
        let answer = ask(
            app.addr,
            "POST /api/fn/prepare-run",
            &[form],
            &workload("1", seconds),
        )
        .await;
        assert_eq!(answer.status, 400, "{seconds}: {}", answer.text());
    }
    for (headers, body) in [
        (&[form][..], "a[b[c]]]=1&&&=%zz"),
        (&[json], "{\"run\":"),
        (&[], "run=x"),
        (&[form], ""),
    ] {
        for path in ["/api/fn/prepare-run", "/api/fn/command-run"] {
            let answer = ask(app.addr, &format!("POST {path}"), headers, body).await;
            assert!(
                (400..500).contains(&answer.status),
                "{path} {body}: {}",
                answer.status
            );
        }
    }
    for query in [
        "",
        "topic=",
        "topic=t&after=x",
        "topic=t&topic=u",
        "topic=%ff",
        "topic=../x",
    ] {
        let answer = ask(app.addr, &format!("GET /api/fn/poll?{query}"), &[], "").await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
    }
    for wait in ["0", "61", "-1", "x", "4294967296"] {
        let answer = ask(
            app.addr,
            &format!("GET /api/fn/long-poll?topic=t&wait={wait}"),
            &[],
            "",
        )
        .await;
        assert_eq!(answer.status, 400, "{wait}: {}", answer.text());
    }
    assert_eq!(app.health("topics").await, 0);
}

#[tokio::test]
async fn preferences_take_no_nonsense() {
    let app = TestApp::start().await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let long = format!("lang={}", "k".repeat(10_000));
    for nonsense in [
        "",
        "lang=",
        "lang=xx",
        "theme=pink",
        "lang=ko&back=//evil.example",
        "lang=ko&back=https://evil.example",
        "lang=ko&back=%0d%0aSet-Cookie:x=y",
        "lang=ko&lang=en",
        "lang=%ff",
        "lang=ko;Domain=evil.example",
        &long,
    ] {
        let answer = ask(app.addr, "POST /preferences", &form, nonsense).await;
        assert_eq!(answer.status, 400, "{nonsense}");
        assert!(answer.json()["error"]["message"].is_string(), "{nonsense}");
        assert_eq!(answer.header("set-cookie"), None, "{nonsense}");
    }
    for cookie in [
        "lang=xx; theme=pink",
        "lang=\"><script>; theme=",
        "=;;;=",
        &"x=y; ".repeat(500),
    ] {
        let page = ask(
            app.addr,
            "GET /",
            &[("Cookie", cookie), ("Accept-Language", cookie)],
            "",
        )
        .await;
        assert_eq!(page.status, 200, "{cookie}");
        assert!(!page.text().contains("\"><script>"), "{cookie}");
    }
}
