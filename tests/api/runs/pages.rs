//! The pages of saved runs, rendered on the server: whoever has no JavaScript sees them all.

use super::*;

/// A page in that language.
async fn page(app: &TestApp, path: &str, language: &str) -> (u16, String) {
    let answer = sent(app.get(path).header("accept-language", language)).await;
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

#[tokio::test]
async fn an_empty_list_says_how_to_get_a_run() {
    let app = TestApp::start().await;
    let (status, html) = page(&app, "/runs", "en").await;
    assert_eq!(status, 200);
    assert!(html.contains("No run has been saved yet") && html.contains("href=\"/\""));
    assert!(html.contains("action=\"/runs/import\""));
}

#[tokio::test]
async fn the_list_links_to_the_page_of_each_run_and_shows_its_medians() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    for language in ["en", "ko"] {
        let (status, html) = page(&app, "/runs", language).await;
        assert_eq!(status, 200);
        assert!(html.contains(&format!("href=\"/runs/{id}\"")));
        assert!(html.contains("Chromium 156"));
        assert_eq!(html.matches("<span data-transport=").count(), 4, "{html}");
    }
    let (_, filtered) = page(&app, "/runs?q=nowhere", "en").await;
    assert!(filtered.contains("0 of 1 runs") && !filtered.contains(&id));
    let (_, beyond) = page(&app, "/runs?page=9999", "en").await;
    assert!(beyond.contains("1 of 1 runs"), "{beyond}");
    for empty in [filtered, beyond] {
        assert!(empty.contains("No run matches") && !empty.contains("<table"));
    }
}

#[tokio::test]
async fn a_run_has_a_page_with_verdict_table_conditions_and_exports() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    let (status, html) = page(&app, &format!("/runs/{id}"), "en").await;
    assert_eq!(status, 200);
    for said in [
        "arrive together",
        "5 events per second",
        "seed 1",
        "Chromium 156",
        "error ± 0.17 ms",
        "Duplicated: 7.",
        "main",
    ] {
        assert!(html.contains(said), "{said}");
    }
    for file in ["json", "csv", "html", "md"] {
        assert!(
            html.contains(&format!("/runs/{id}/export.{file}")),
            "{file}"
        );
    }
    let again = "/?rate=5&amp;payload=128&amp;interval=1";
    assert!(html.contains(again), "run this again");
    assert!(!html.contains(" style=\""));
    let (_, korean) = page(&app, &format!("/runs/{id}"), "ko").await;
    assert!(korean.contains("초당 이벤트 5개"));
}

#[tokio::test]
async fn what_is_not_there_is_404_in_words() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    for path in [
        "/runs/0123456789abcdef",
        "/runs/x",
        "/runs/compare",
        &format!("/runs/compare?a={id}"),
        &format!("/runs/compare?a={id}&b=0123456789abcdef"),
    ] {
        let (status, html) = page(&app, path, "en").await;
        assert_eq!(status, 404, "{path}");
        assert!(html.contains("saved run"), "{path}: {html}");
    }
    for path in [
        "/runs/0123456789abcdef/export.json",
        &format!("/runs/{id}/export.exe"),
    ] {
        let answer = sent(app.get(path)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!refused(answer).await.code.is_empty());
    }
}

#[tokio::test]
async fn a_list_answers_whatever_is_asked_of_it() {
    let app = TestApp::start().await;
    save(&app, Plan::small(1)).await;
    for query in [
        "sort=bogus",
        "sort=name'--&order=bogus",
        "sort=%00&mode=%ff",
        "page=0",
        "page=-1",
        "page=18446744073709551616",
        "deleted=%3Cscript%3E&refused=%3Cscript%3E",
    ] {
        let (status, html) = page(&app, &format!("/runs?{query}"), "en").await;
        assert_eq!(status, 200, "{query}");
        assert!(html.contains("class=\"list "), "{query}");
    }
    let (_, html) = page(&app, "/runs?q=%25%27%3B+DROP+TABLE+runs--", "en").await;
    assert!(html.contains("0 of 1 runs"), "{html}");
}

#[tokio::test]
async fn a_run_does_not_differ_from_itself() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    for _ in 0..5 {
        let (status, html) = page(&app, &format!("/runs/compare?a={id}&b={id}"), "en").await;
        assert_eq!(status, 200);
        // Whoever waits for the page's being awake is told each time.
        let root = html.split('>').nth(1).unwrap();
        assert!(root.contains("data-hydrated"), "{root}");
        assert!(!html.contains("B is "), "{html}");
    }
}

#[tokio::test]
async fn two_runs_are_compared_lane_by_lane() {
    let app = TestApp::start().await;
    let ids = [
        save(&app, Plan::small(1)).await,
        save(&app, Plan::small(2)).await,
    ];
    let (status, html) = page(
        &app,
        &format!("/runs/compare?a={}&b={}", ids[0], ids[1]),
        "en",
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        html.matches("they differ by less than").count(),
        4,
        "{html}"
    );
    assert!(html.contains("class=\"differs\""), "the seeds differ");
    assert!(
        html.contains("± 0.34 ms together"),
        "both clock errors: 171 and 172 µs"
    );
}

#[tokio::test]
async fn a_deleted_run_can_be_brought_back_from_the_list() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    ask(&app, "delete-run", &[("id", &id)]).await;
    let (_, html) = page(&app, &format!("/runs?deleted={id}"), "en").await;
    assert!(html.contains("action=\"/api/fn/restore-run\"") && html.contains(&id));
    let (status, html) = page(&app, &format!("/runs/{id}"), "en").await;
    assert!(status == 200 && html.contains("This run is deleted"));
    let kept = save(&app, Plan::small(2)).await;
    for other in [&kept, "0123456789abcdef", "%22%3E%3Cscript%3E"] {
        let (_, html) = page(&app, &format!("/runs?deleted={other}"), "en").await;
        assert!(!html.contains("restore-run"), "{other}");
    }
}

#[tokio::test]
async fn what_a_stranger_named_a_run_stays_text() {
    let app = TestApp::start().await;
    let id = save(&app, Plan::small(1)).await;
    let name = "</title><script>alert(1)</script>\"><img src=x>";
    ask(&app, "rename-run", &[("id", &id), ("name", name)]).await;
    for path in [
        "/runs".to_owned(),
        format!("/runs/{id}"),
        format!("/runs/compare?a={id}&b={id}"),
    ] {
        let (_, html) = page(&app, &path, "en").await;
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x"),
            "{path}"
        );
        assert!(html.contains("&lt;script&gt;alert"), "{path}");
        assert_eq!(html.matches("</title>").count(), 1, "{path}");
    }
}
