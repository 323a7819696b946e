use proptest::prelude::*;

use super::*;

/// The moment at which the two clocks of the tests begin.
const ZERO_US: u64 = 1_790_000_000_000_000;
/// What the browser's clock shows then.
const ZERO_MS: f64 = 1_234.5;

/// Two clocks that differ by a known line, and a network between them.
#[derive(Debug, Clone, Copy)]
struct World {
    step_ms: f64,
    drift_ppm: f64,
}

impl World {
    /// The browser's exact clock at the server's time `us` after zero.
    fn local_ms(self, us: f64) -> f64 {
        ZERO_MS + us / (1_000.0 + self.drift_ppm / 1_000.0)
    }

    /// What `performance.now()` says at that time.
    fn reading(self, us: f64) -> f64 {
        (self.local_ms(us) / self.step_ms).floor() * self.step_ms
    }

    /// An exchange that begins `us` after zero.
    fn exchange(self, us: f64, up_us: f64, held_us: f64, down_us: f64) -> Exchange {
        Exchange {
            sent_ms: self.reading(us),
            received_us: ZERO_US + (us + up_us) as u64,
            answered_us: ZERO_US + (us + up_us + held_us) as u64,
            returned_ms: self.reading(us + up_us + held_us + down_us),
        }
    }

    /// How far the clock is off `us` after zero, and how far it says that it may be.
    fn error(self, clock: &ServerClock, us: f64) -> (f64, f64) {
        let local = self.local_ms(us);
        let server = clock.to_server_us(local).expect("exchanged");
        (
            server - ZERO_US as f64 - us,
            clock.error_us(local).expect("exchanged"),
        )
    }
}

#[test]
fn without_an_exchange_there_is_no_time() {
    let clock = ServerClock::new(0.005);
    assert_eq!(clock.to_server_us(1.0), None);
    assert_eq!(clock.error_us(1.0), None);
    assert_eq!(clock.latency_us(1.0, 1), None);
    assert_eq!(clock.round_trip_us(), None);
}

#[test]
fn one_exchange_bounds_to_half_the_round_trip_and_the_step() {
    let world = World {
        step_ms: 0.1,
        drift_ppm: 0.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    clock.add(world.exchange(0.0, 150.0, 10.0, 150.0));
    let (off, error) = world.error(&clock, 155.0);
    assert!(off.abs() <= error, "{off} within {error}");
    assert!((245.0..255.0).contains(&error), "{error}");
    let round_trip = clock.round_trip_us().expect("one");
    assert!((round_trip - 300.0).abs() <= 100.0, "{round_trip}");
}

#[test]
fn a_lucky_exchange_in_each_direction_makes_up_for_asymmetry() {
    let world = World {
        step_ms: 0.005,
        drift_ppm: 0.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    clock.add(world.exchange(0.0, 50.0, 0.0, 9_000.0));
    clock.add(world.exchange(20_000.0, 9_000.0, 0.0, 50.0));
    let (off, error) = world.error(&clock, 14_000.0);
    assert!(off.abs() <= error && error < 70.0, "{off} within {error}");
}

#[test]
fn a_drift_of_200_ppm_is_found() {
    let world = World {
        step_ms: 0.005,
        drift_ppm: 200.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    for n in 0..60 {
        clock.add(world.exchange(f64::from(n) * 5e6, 150.0, 5.0, 150.0));
    }
    assert_eq!(clock.restarted(), 0);
    for us in [0.0, 1.5e8, 3e8] {
        let (off, error) = world.error(&clock, us);
        assert!(
            off.abs() <= error && error < 200.0,
            "{off} within {error} at {us}"
        );
    }
    let at = ZERO_US + 100_000_000;
    let latency = clock
        .latency_us(world.local_ms(100_000_700.0), at)
        .expect("exchanged");
    assert!((latency - 700).abs() < 160, "{latency}");
    let early = clock
        .latency_us(world.local_ms(99_999_000.0), at)
        .expect("exchanged");
    assert!((early + 1_000).abs() < 160, "{early}");
}

#[test]
fn the_error_grows_away_from_the_exchanges() {
    let world = World {
        step_ms: 0.005,
        drift_ppm: 20.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    for n in 0..10 {
        clock.add(world.exchange(f64::from(n) * 1e6, 150.0, 5.0, 150.0));
    }
    let near = clock.error_us(world.local_ms(5e6)).expect("exchanged");
    let far = clock.error_us(world.local_ms(60e6)).expect("exchanged");
    assert!(far > 2.0 * near, "{near} then {far}");
}

#[test]
fn a_clock_that_stood_still_is_followed() {
    let world = World {
        step_ms: 0.005,
        drift_ppm: 10.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    for n in 0..20 {
        clock.add(world.exchange(f64::from(n) * 1e6, 150.0, 5.0, 150.0));
    }
    // The laptop sleeps for an hour of which the browser's clock knows nothing.
    let slept = |exchange: Exchange| Exchange {
        sent_ms: exchange.sent_ms - 3_600_000.0,
        returned_ms: exchange.returned_ms - 3_600_000.0,
        ..exchange
    };
    for n in 3_620..3_640 {
        clock.add(slept(world.exchange(f64::from(n) * 1e6, 150.0, 5.0, 150.0)));
    }
    assert_eq!(clock.restarted(), 1);
    let local = world.local_ms(3_630e6) - 3_600_000.0;
    let off = clock.to_server_us(local).expect("exchanged") - ZERO_US as f64 - 3_630e6;
    let error = clock.error_us(local).expect("exchanged");
    assert!(off.abs() <= error && error < 300.0, "{off} within {error}");
}

#[test]
fn impossible_exchanges_are_passed_over() {
    let mut clock = ServerClock::new(0.1);
    let good = Exchange {
        sent_ms: 1.0,
        received_us: ZERO_US,
        answered_us: ZERO_US,
        returned_ms: 2.0,
    };
    for bad in [
        Exchange {
            returned_ms: 0.5,
            ..good
        },
        Exchange {
            returned_ms: f64::NAN,
            ..good
        },
        Exchange {
            sent_ms: f64::NEG_INFINITY,
            ..good
        },
        Exchange {
            answered_us: ZERO_US - 1,
            ..good
        },
        Exchange {
            answered_us: ZERO_US + 50_000,
            ..good
        },
    ] {
        clock.add(bad);
        assert_eq!(clock.to_server_us(1.0), None);
    }
    clock.add(good);
    clock.add(Exchange {
        answered_us: ZERO_US + 50_000,
        ..good
    });
    assert_eq!((clock.kept.len(), clock.restarted()), (1, 0));
}

#[test]
fn a_long_run_keeps_256_exchanges_and_its_precision() {
    let world = World {
        step_ms: 0.1,
        drift_ppm: -30.0,
    };
    let mut clock = ServerClock::new(world.step_ms);
    let mut rng = fastrand::Rng::with_seed(7);
    for n in 0..3_000 {
        let (up, down) = (100.0 + rng.f64() * 2_000.0, 100.0 + rng.f64() * 2_000.0);
        clock.add(world.exchange(f64::from(n) * 5e6, up, 5.0, down));
        assert!(clock.kept.len() <= MAX_EXCHANGES);
    }
    let (off, error) = world.error(&clock, 15_000e6);
    assert!(off.abs() <= error && error < 300.0, "{off} within {error}");
    assert_eq!(clock.restarted(), 0);
    assert!(clock.round_trip_us().expect("exchanged") < 600.0);
}

prop_compose! {
    /// Beginning, way up, time held and way down, in µs: mostly short ways, some long.
    fn trip()(
        pause in 0.0..20e6_f64,
        up in prop_oneof![0.0..300.0_f64, 0.0..200_000.0_f64],
        held in 0.0..50.0_f64,
        down in prop_oneof![0.0..300.0_f64, 0.0..200_000.0_f64],
    ) -> (f64, f64, f64, f64) {
        (pause, up, held, down)
    }
}

proptest! {
    #[test]
    fn the_truth_is_always_within_the_band(
        step_ms in prop_oneof![Just(0.005), Just(0.02), Just(0.1), Just(1.0)],
        drift_ppm in -499.0..499.0_f64,
        trips in proptest::collection::vec(trip(), 1..60),
        share in -1.0..2.0_f64,
    ) {
        let world = World { step_ms, drift_ppm };
        let mut clock = ServerClock::new(step_ms);
        let mut us = 0.0;
        for (pause, up, held, down) in trips {
            us += pause;
            clock.add(world.exchange(us, up, held, down));
            us += up + held + down;
            for at in [0.0, us, us * share] {
                let (off, error) = world.error(&clock, at);
                prop_assert!(off.abs() <= error + 0.5, "{off} within {error} at {at}");
            }
        }
        prop_assert_eq!(clock.restarted(), 0);
    }
}
