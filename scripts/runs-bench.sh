#!/usr/bin/env bash
# A thousand saved runs: how long /runs takes, and how large the database is. With the release's optimisations.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

cargo test --release --features ssr --test api -- --ignored --nocapture --exact runs::many::a_thousand_runs
