#!/usr/bin/env bash
# Everything that must hold before a change is good. Stops at the first step that fails, with its exit code.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

scripts/setup.sh
PLAYWRIGHT_CHROMIUM=$(scripts/chromium.sh)
export PLAYWRIGHT_CHROMIUM
scripts/tshark.sh
logs="$TARGET/test-logs"
rm -rf "$logs"
mkdir -p "$logs"

say "Formatting"
cargo fmt --check

say "Types of the browser tests"
npm run --silent --prefix end2end types

say "Clippy: the server"
cargo clippy --features ssr --all-targets -- -D warnings

say "Clippy: the browser's half"
cargo clippy --features hydrate --lib --target wasm32-unknown-unknown -- -D warnings

say "Unit, property and API tests"
cargo test --features ssr 2>&1 | tee "$logs/cargo"

say "API tests without taking connections over"
PUSHPULL_TAKEOVER=off cargo test --features ssr --test api 2>&1 | tee "$logs/cargo-off"

scripts/build.sh
scripts/wasm-budget.sh | tee "$logs/budget"

say "Browser tests on the release"
(cd end2end && npx --no-install playwright test) 2>&1 | tee "$logs/playwright"

say "Summary"
grep -h '^test result:' "$logs/cargo" "$logs/cargo-off"
cat "$logs/budget"
# What could not be tested on this machine, and why.
grep -h '^skipped: ' "$logs/cargo" "$logs/cargo-off" "$logs/playwright" || true
grep -E '^ +[0-9]+ (passed|skipped|flaky)' "$logs/playwright"
awk '/^test result:/ { sum += $4 } /^ +[0-9]+ passed/ { sum += $1 } END { print sum " passed, 0 failed" }' "$logs/cargo" "$logs/cargo-off" "$logs/playwright"
