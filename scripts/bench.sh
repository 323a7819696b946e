#!/usr/bin/env bash
# What an event costs over each transport, beside Nchan, a plain axum server and the floor: docs/benchmarks.md.
# BENCH_REPEATS=1 BENCH_SECONDS=2 for a short pass, BENCH_ONLY=side-by-side,crowd,curves for parts, BENCH_ONLY=page to
# write the page anew. A short pass writes into target/bench.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

cargo build --release --features ssr --bin pushpull --example plain --example floor --example measure
exec "$TARGET/release/examples/measure"
