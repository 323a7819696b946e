//! The token, and what the server does not start without.

use super::*;

#[tokio::test]
async fn without_the_token_there_is_nothing_to_be_had() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let wrong_bearer = format!("Bearer {TOKEN}x");
    let wrong_cookie = format!("token={TOKEN}x");
    for wrong in [
        vec![],
        vec![("Authorization", &*wrong_bearer)],
        vec![("Authorization", TOKEN)],
        vec![("Authorization", "Basic x"), ("Cookie", &wrong_cookie)],
        vec![("Cookie", "token=")],
    ] {
        for line in [
            "POST /api/topics/t/events",
            "GET /api/topics/t/poll",
            "GET /api/topics/t/sse",
            "GET /api/clock",
            "GET /api/lanes/x",
            "GET /api/nothing",
            "GET /api/fn/poll?topic=t",
            "POST /api/fn/prepare-run",
            "OPTIONS /api/topics/t/events",
        ] {
            let answer = ask(app.addr, line, &wrong, "").await;
            assert_eq!(
                answer.refusal(),
                (401, "token_required".to_owned()),
                "{line} {wrong:?}"
            );
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{line}");
        }
        for path in [
            "/api/topics/t/ws",
            "/api/clock",
            "/api/echo",
            "/api/fn/socket",
        ] {
            assert_eq!(
                shake(app.addr, path, &wrong).await.status,
                401,
                "{path} {wrong:?}"
            );
        }
        let page = ask(app.addr, "GET /", &wrong, "").await;
        assert_eq!(
            (page.status, page.header("location")),
            (303, Some("/sign-in"))
        );
    }
    for open in ["/healthz", "/sign-in"] {
        assert_eq!(
            ask(app.addr, &format!("GET {open}"), &[], "").await.status,
            200,
            "{open}"
        );
    }
    assert_eq!(
        ask(app.addr, "GET /healthz", &[], "").await.json()["topics"],
        0
    );
}

#[tokio::test]
async fn with_the_token_everything_is_there() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let bearer = format!("Bearer {TOKEN}");
    let lower = format!("bearer {TOKEN}");
    let cookie = format!("theme=dark; token={TOKEN}; lang=ko");
    for shown in [
        ("Authorization", &*bearer),
        ("Authorization", &*lower),
        ("Cookie", &*cookie),
    ] {
        assert_eq!(
            ask(app.addr, "POST /api/topics/t/events", &[shown], "x")
                .await
                .status,
            201
        );
        assert_eq!(
            ask(app.addr, "GET /api/topics/t/poll", &[shown], "")
                .await
                .status,
            200
        );
        assert_eq!(ask(app.addr, "GET /", &[shown], "").await.status, 200);
        for path in [
            "/api/topics/t/ws",
            "/api/clock",
            "/api/echo",
            "/api/fn/socket",
        ] {
            assert_eq!(
                shake(app.addr, path, &[shown]).await.status,
                101,
                "{path} {shown:?}"
            );
        }
        let mut stream = Raw::open(app.addr).await;
        stream
            .say(request(app.addr, "GET /api/topics/t/sse", &[shown], ""))
            .await;
        assert_eq!(stream.head().await.status, 200);
    }
    // A cookie is sent by any page's request; the origin still decides.
    let foreign = [("Cookie", &*cookie), ("Origin", "http://evil.example")];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &foreign, "x")
            .await
            .status,
        403
    );
    assert_eq!(
        shake(app.addr, "/api/topics/t/ws", &foreign).await.status,
        403
    );
}

#[tokio::test]
async fn signing_in_gives_the_cookie() {
    let app = TestApp::with(|options| options.token = Some(TOKEN.to_owned())).await;
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let sign_in =
        async |token: &str| ask(app.addr, "POST /sign-in", &form, &format!("token={token}")).await;
    for wrong in ["", "wrong", &TOKEN[1..], &format!("{TOKEN}{TOKEN}")] {
        let answer = sign_in(wrong).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, Some("/sign-in?failed=1"))
        );
        assert_eq!(answer.header("set-cookie"), None, "{wrong}");
    }
    let answer = sign_in(TOKEN).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(
        ask(app.addr, "GET /", &[("Cookie", pair)], "").await.status,
        200
    );
    let failed = ask(app.addr, "GET /sign-in?failed=1", &[], "").await;
    assert!(failed.text().contains("<form"), "it asks again");
    for nonsense in ["", "x=y", "token=a&token=b", "%ff=%ff"] {
        let answer = ask(app.addr, "POST /sign-in", &form, nonsense).await;
        assert!(answer.status < 500, "{nonsense}: {}", answer.status);
        assert_eq!(answer.header("set-cookie"), None, "{nonsense}");
    }
}

#[tokio::test]
async fn a_preflight_carries_no_token_and_an_allowed_page_shows_its_own() {
    let friend = "https://friend.example";
    let app = TestApp::with(|options| {
        options.token = Some(TOKEN.to_owned());
        options.allow_origin = vec![friend.parse().unwrap()];
    })
    .await;
    let path = "OPTIONS /api/topics/t/events";
    assert_eq!(
        ask(app.addr, path, &preflight(friend, "POST"), "")
            .await
            .status,
        200
    );
    assert_eq!(
        ask(
            app.addr,
            path,
            &preflight("http://evil.example", "POST"),
            ""
        )
        .await
        .status,
        403
    );
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Origin", friend), ("Authorization", &*bearer)];
    assert_eq!(
        ask(app.addr, "POST /api/topics/t/events", &headers, "x")
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn beyond_loopback_it_does_not_start_by_accident() {
    let leptos = leptos::config::LeptosOptions::builder()
        .output_name("pushpull")
        .build();
    let refusal = async |arguments: &[&str]| {
        let mut options = options(arguments);
        options.addr = "0.0.0.0:0".parse().unwrap();
        match Application::build(&options, &leptos).await {
            Err(StartError::Config(error)) => Some(error),
            Err(error) => panic!("{error}"),
            Ok(_) => None,
        }
    };
    let named = ["--public-host", "lab.example.org"];
    let token = ["--token", TOKEN];
    let both = [named, token].concat();
    let knobs = [&both[..], &["--test-knobs"]].concat();
    assert!(matches!(
        refusal(&[]).await,
        Some(ConfigError::NoPublicHost(_))
    ));
    assert!(matches!(
        refusal(&token).await,
        Some(ConfigError::NoPublicHost(_))
    ));
    assert!(matches!(
        refusal(&named).await,
        Some(ConfigError::NoToken(_))
    ));
    assert!(matches!(refusal(&knobs).await, Some(ConfigError::Knobs(_))));
    assert!(refusal(&both).await.is_none());
}
