//! A connection that carries the requests of several lanes.

use crate::{
    app::{TestApp, eventually},
    raw::request,
    tape::{Tape, whole_answers},
};

#[tokio::test]
async fn a_connection_that_two_lanes_share_is_parted_between_them() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let (mut sent, mut heard) = ([0; 2], [0; 2]);
    for n in 0..6 {
        let lane = n % 2;
        let line = format!("GET /api/topics/topic/poll?lane={}", ["a", "bb"][lane]);
        let asked = request(app.addr, &line, &[], "");
        let before = tape.heard.len();
        tape.say(&asked).await;
        tape.hear(|heard| whole_answers(heard) == n + 1).await;
        sent[lane] += asked.len() as u64;
        heard[lane] += (tape.heard.len() - before) as u64;
    }
    let (all_sent, all_heard) = tape.end().await;
    for (lane, name) in ["a", "bb"].into_iter().enumerate() {
        eventually("the kernel's word", async || {
            app.lane(name).await.connections_closed == 1
        })
        .await;
        let counters = app.lane(name).await;
        assert_eq!(
            (counters.bytes_in, counters.bytes_out),
            (sent[lane], heard[lane])
        );
        assert_eq!(counters.connections_opened, u64::from(lane == 0));
        // Three segments each way, and what is lost in rounding.
        assert!((5..=7).contains(&counters.segments), "{counters:?}");
        assert!(counters.ip_bytes > counters.bytes_in + counters.bytes_out);
        assert_eq!(counters.retransmitted, 0);
    }
    let both: u64 = sent.iter().chain(&heard).sum();
    assert_eq!(both, (all_sent.len() + all_heard.len()) as u64);
}

#[tokio::test]
async fn requests_that_do_not_wait_for_each_other_are_flagged() {
    let app = TestApp::start().await;
    let mut tape = Tape::open(&app).await;
    let asked = |lane| request(app.addr, &format!("GET /api/clock?lane={lane}"), &[], "");
    tape.say(asked("a") + &asked("b")).await;
    tape.hear(|heard| whole_answers(heard) == 2).await;
    let (sent, heard) = tape.end().await;
    let lanes = [app.lane("a").await, app.lane("b").await];
    assert!(lanes.iter().all(|lane| lane.approximate), "{lanes:?}");
    let both: u64 = lanes
        .iter()
        .map(|lane| lane.bytes_in + lane.bytes_out)
        .sum();
    assert_eq!(both, (sent.len() + heard.len()) as u64, "none is lost");
}
