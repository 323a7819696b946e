use super::*;
use crate::{
    runs::record::LoadRecord,
    swarm::report::{Phase, tests::announcement},
    transport::Transport,
};

fn announced(swarms: &Swarms) -> (SwarmId, String) {
    let Welcome { swarm, key } = swarms.announce(announcement(), 1).unwrap();
    (swarm.parse().unwrap(), key)
}

fn point() -> Point {
    Point {
        transport: Transport::Sse,
        step: 0,
        load: LoadRecord::default(),
        delivered: 1,
        lost: 0,
        duplicated: 0,
        reordered: 0,
        p50: None,
        p99: None,
    }
}

#[test]
fn only_its_own_key_opens_a_swarm() {
    let swarms = Swarms::default();
    let ((one, its), (_, other)) = (announced(&swarms), announced(&swarms));
    assert!(swarms.find(one, &its).is_ok());
    for wrong in [&*other, "", &its[1..]] {
        assert!(matches!(swarms.find(one, wrong), Err(SwarmError::Key)));
    }
    let nobody = SwarmId(one.0 ^ 1);
    assert!(matches!(
        swarms.find(nobody, &its),
        Err(SwarmError::Unknown)
    ));
}

#[test]
fn every_change_is_told() {
    let swarms = Swarms::default();
    let mut changes = swarms.changes();
    let (id, _) = announced(&swarms);
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    let told = Progress {
        lane: 1,
        phase: Phase::Publishing,
        done: 5,
        of: 10,
        received: 7,
    };
    swarms.progress(id, told, 2).unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    swarms.lane(id, 0, point(), 3).unwrap();
    swarms.lane(id, 0, point(), 4).unwrap();
    assert!(changes.has_changed().unwrap());
    let all = swarms.all();
    assert_eq!((all[0].points.len(), all[0].heard_us), (1, 4));
    assert_eq!(all[0].progress, Some(told));
}

#[test]
fn there_are_few_and_the_silent_ones_make_room() {
    let swarms = Swarms::default();
    let first = announced(&swarms).0;
    for _ in 1..REPORTING {
        announced(&swarms);
    }
    let refused = swarms.announce(announcement(), 1);
    assert!(matches!(refused, Err(SwarmError::TooMany)));
    // One that has given up takes no place.
    swarms.fail(first, Failure::new("x"), 2).unwrap();
    announced(&swarms);
    let lane = Duration::from_secs(announcement().workload.duration_s.into());
    swarms.sweep_at(Instant::now() + SILENCE);
    assert_eq!(swarms.all().len(), REPORTING + 1);
    swarms.sweep_at(Instant::now() + SILENCE + lane);
    assert_eq!(swarms.all().len(), 1, "the one that is over is still shown");
    swarms.sweep_at(Instant::now() + SHOWN);
    assert!(swarms.all().is_empty());
}

#[test]
fn a_run_is_kept_once_and_what_could_not_be_kept_may_come_again() {
    let swarms = Swarms::default();
    let (id, _) = announced(&swarms);
    assert_eq!(swarms.begin_keeping(id, 2).unwrap(), None);
    assert!(matches!(swarms.begin_keeping(id, 2), Err(SwarmError::Over)));
    swarms.end_keeping(id, None, 3);
    swarms.lane(id, 0, point(), 3).unwrap();
    assert_eq!(swarms.begin_keeping(id, 4).unwrap(), None);
    let run = RunId(7);
    swarms.end_keeping(id, Some((run, vec![point(), point()])), 5);
    assert_eq!(swarms.begin_keeping(id, 6).unwrap(), Some(run));
    assert_eq!(swarms.all()[0].points.len(), 2);
    let over = swarms.lane(id, 0, point(), 7);
    assert!(matches!(over, Err(SwarmError::Over)));
}

#[test]
fn few_that_are_over_are_still_shown() {
    let swarms = Swarms::default();
    for _ in 0..OVER + 3 {
        let (id, _) = announced(&swarms);
        swarms.begin_keeping(id, 2).unwrap();
        swarms.end_keeping(id, Some((RunId(1), Vec::new())), 3);
    }
    assert_eq!(swarms.all().len(), OVER);
}

#[test]
fn those_that_give_up_are_few_as_well_and_give_up_once() {
    let swarms = Swarms::default();
    for _ in 0..OVER + 3 {
        let (id, _) = announced(&swarms);
        swarms.fail(id, Failure::new("x"), 2).unwrap();
        let again = swarms.fail(id, Failure::new("y"), 3);
        assert!(matches!(again, Err(SwarmError::Over)));
    }
    assert_eq!(swarms.all().len(), OVER);
}

#[test]
fn one_that_its_user_ended_is_over_and_keeps_no_run() {
    let swarms = Swarms::default();
    let (id, _) = announced(&swarms);
    swarms.lane(id, 0, point(), 2).unwrap();
    swarms.interrupt(id, 3).unwrap();
    let all = swarms.all();
    assert_eq!(all[0].ending, Some(Ending::Interrupted));
    assert_eq!(
        all[0].points.len(),
        1,
        "what it has measured stays in sight"
    );
    assert!(matches!(swarms.begin_keeping(id, 4), Err(SwarmError::Over)));
    let failed = swarms.fail(id, Failure::new("x"), 5);
    assert!(matches!(failed, Err(SwarmError::Over)));
}

#[test]
fn whoever_announces_and_says_no_more_makes_room_when_others_wait() {
    let swarms = Swarms::default();
    let first = announced(&swarms).0;
    let second = announced(&swarms).0;
    for _ in 2..REPORTING {
        announced(&swarms);
    }
    swarms.lane(first, 0, point(), 2).unwrap();
    let soon = Instant::now() + HESITATION / 2;
    let refused = swarms.announce_at(announcement(), 3, soon);
    assert!(matches!(refused, Err(SwarmError::TooMany)));
    let later = Instant::now() + HESITATION;
    swarms.announce_at(announcement(), 3, later).unwrap();
    let all = swarms.all();
    let has = |id| all.iter().any(|swarm| swarm.id == id);
    assert_eq!(
        (all.len(), has(first), has(second)),
        (REPORTING, true, false)
    );
}
