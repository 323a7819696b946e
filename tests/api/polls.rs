//! Polls are found without the router where they are written as the contract writes them. Nobody
//! can tell by the answer.

use reqwest::{Response, header};

use crate::app::TestApp;

/// All that an answer says, but for the time.
async fn said(answer: Response) -> (u16, String, header::HeaderMap, String) {
    let version = format!("{:?}", answer.version());
    let mut headers = answer.headers().clone();
    headers.remove(header::DATE);
    (
        answer.status().as_u16(),
        version,
        headers,
        answer.text().await.unwrap(),
    )
}

#[tokio::test]
async fn however_its_address_is_written_a_poll_is_answered_alike() {
    let [encrypted, http2] = TestApp::encrypted(|_| {}).await;
    for app in [TestApp::start().await, encrypted, http2] {
        app.publish_numbers("demo", 1..=3).await;
        for (way, status) in [
            ("poll", 200),
            ("poll?after=start&lane=polls", 200),
            ("poll?after=bad", 400),
            ("poll?after=start&after=now", 400),
            ("poll?lane=no%20lane", 400),
            ("long-poll?after=start", 200),
            ("long-poll?after=start&lane=polls", 200),
            // These two are held.
            ("long-poll?wait=1", 200),
            ("long-poll?wait=1&lane=polls", 200),
            ("long-poll?wait=0", 400),
            ("long-poll?wait=1&wait=1", 400),
        ] {
            let (plain, other) = (
                format!("/api/topics/demo/{way}"),
                format!("/api/topics/d%65mo/{way}"),
            );
            let (plain, other) = tokio::join!(app.ask(&plain), app.ask(&other));
            let (plain, other) = (said(plain).await, said(other).await);
            assert_eq!(plain.0, status, "{way} {}", plain.3);
            assert_eq!(plain, other, "{way} {:?}", app.dialect);
        }
        for way in ["poll", "long-poll"] {
            let plain = app.ask(&format!("/api/topics/no!name/{way}")).await;
            let other = app.ask(&format!("/api/topics/no%21name/{way}")).await;
            let plain = said(plain).await;
            assert_eq!(plain.0, 400);
            assert_eq!(plain, said(other).await, "{way} {:?}", app.dialect);
        }
    }
}
