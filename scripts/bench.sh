#!/usr/bin/env bash
# What an event costs over each transport, beside Nchan, a plain axum server and the floor: docs/benchmarks.md.
# BENCH_REPEATS=1 BENCH_SECONDS=2 for a short pass, BENCH_ONLY=side-by-side,crowd,curves for parts, BENCH_ONLY=page to
# write the page anew. A short pass writes into target/bench.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

# Two that measure at a time measure each other, and a build beside one is in its figures. The lock is this process's to
# its end. It is only read, so that it may be another user's.
lock="${TMPDIR:-/tmp}/pushpull-bench.lock"
[ -e "$lock" ] || : > "$lock"
exec 9< "$lock"
flock -n 9 || { echo "bench: another one is at work on this machine; wait for it, or end it with Ctrl-C where it runs" >&2; exit 1; }

cargo build --release --features ssr --bin pushpull --example plain --example floor --example measure
exec "$TARGET/release/examples/measure"
