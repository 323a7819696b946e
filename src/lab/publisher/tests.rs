//! Runs on their way: their schedule, their pauses, their end.

use super::*;
use crate::{
    event::Position,
    hub::{HubLimits, ReadLimit},
    lab::workload::Arrivals,
};

fn workload(rate: f64, duration_s: u32) -> Workload {
    Workload {
        rate,
        arrivals: Arrivals::Poisson,
        payload: 16,
        duration_s,
        seed: 5,
    }
}

fn publisher() -> (Arc<Hub>, Publisher) {
    let hub = Arc::new(Hub::new(HubLimits::default()));
    (Arc::clone(&hub), Publisher::new(hub))
}

fn wait_for(publisher: &Publisher, run: &str, state: RunState) -> RunStatus {
    loop {
        let status = publisher.status(run).unwrap();
        if status.state == state {
            return status;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_run_publishes_its_schedule_with_the_scheduled_times() {
    let (hub, publisher) = publisher();
    let workload = workload(300.0, 1);
    let prepared = publisher.prepare(workload, Duration::ZERO).unwrap();
    let reading = hub.open(&prepared.topic).unwrap();
    publisher.command(&prepared.run, RunCommand::Start).unwrap();
    let status = wait_for(&publisher, &prepared.run, RunState::Ended);
    let schedule: Vec<_> = workload.schedule().collect();
    assert_eq!(status.published, schedule.len() as u64);
    let read = reading
        .read(
            Position::Start,
            ReadLimit {
                events: 1_000,
                bytes: 1 << 20,
            },
        )
        .unwrap();
    let first = &read.events[0];
    for (event, offset) in read.events.iter().zip(&schedule) {
        let since_first = u128::from(event.at() - first.at());
        let planned = offset.as_micros() - schedule[0].as_micros();
        assert_eq!(since_first, planned);
        assert_eq!(event.event().data, workload.payload_of(event.seq()));
    }
}

#[test]
fn a_pause_moves_the_rest_of_the_schedule() {
    let (hub, publisher) = publisher();
    let prepared = publisher
        .prepare(workload(500.0, 1), Duration::ZERO)
        .unwrap();
    let _reading = hub.open(&prepared.topic).unwrap();
    let run = &prepared.run;
    publisher.command(run, RunCommand::Start).unwrap();
    let paused = publisher.command(run, RunCommand::Pause).unwrap();
    assert_eq!(paused.state, RunState::Paused);
    let still = publisher.status(run).unwrap();
    assert_eq!(
        (still.published, still.elapsed_ms),
        (paused.published, paused.elapsed_ms)
    );
    publisher.command(run, RunCommand::Resume).unwrap();
    let ended = wait_for(&publisher, run, RunState::Ended);
    assert_eq!(
        ended.published,
        workload(500.0, 1).schedule().count() as u64
    );
}

#[test]
fn a_stopped_run_is_over_and_stays_known() {
    let (hub, publisher) = publisher();
    let prepared = publisher
        .prepare(workload(10.0, 100), Duration::ZERO)
        .unwrap();
    let _reading = hub.open(&prepared.topic).unwrap();
    publisher.command(&prepared.run, RunCommand::Start).unwrap();
    let stopped = publisher.command(&prepared.run, RunCommand::Stop).unwrap();
    assert_eq!(stopped.state, RunState::Ended, "not only soon");
    let again = publisher.command(&prepared.run, RunCommand::Start).unwrap();
    assert_eq!(again.state, RunState::Ended);
    assert_eq!(publisher.status("nobody").err(), Some(RunError::Unknown));
}

#[test]
fn a_run_that_is_stopped_in_a_pause_has_not_published_in_it() {
    let (hub, publisher) = publisher();
    let prepared = publisher
        .prepare(workload(10.0, 100), Duration::ZERO)
        .unwrap();
    let _reading = hub.open(&prepared.topic).unwrap();
    let run = &prepared.run;
    publisher.command(run, RunCommand::Start).unwrap();
    let paused = publisher.command(run, RunCommand::Pause).unwrap();
    thread::sleep(Duration::from_millis(50));
    let stopped = publisher.command(run, RunCommand::Stop).unwrap();
    assert!(stopped.elapsed_ms <= paused.elapsed_ms + 1);
}

#[test]
fn no_more_than_the_most_run_at_a_time() {
    let (_hub, publisher) = publisher();
    let runs: Vec<_> = (0..MOST)
        .map(|_| {
            publisher
                .prepare(workload(1.0, 10), Duration::ZERO)
                .unwrap()
        })
        .collect();
    let refused = publisher.prepare(workload(1.0, 10), Duration::ZERO);
    assert_eq!(refused.err(), Some(RunError::TooMany));
    publisher.command(&runs[0].run, RunCommand::Stop).unwrap();
    assert!(publisher.prepare(workload(1.0, 10), Duration::ZERO).is_ok());
}

#[test]
fn a_run_that_was_stopped_is_known_with_the_time_that_it_lasted() {
    let (hub, publisher) = publisher();
    let prepared = publisher
        .prepare(workload(100.0, 60), Duration::ZERO)
        .unwrap();
    let _reading = hub.open(&prepared.topic).unwrap();
    let run = &prepared.run;
    publisher.command(run, RunCommand::Start).unwrap();
    let ended = publisher.command(run, RunCommand::Stop).unwrap();
    let lasted_s = u32::try_from(ended.elapsed_ms.div_ceil(1_000)).unwrap();
    let known = publisher.known(run).unwrap();
    assert_eq!(known.workload.duration_s, lasted_s.max(1));
    assert!(known.workload.duration_s < 60);
}
