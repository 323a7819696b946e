#!/usr/bin/env bash
# How the verdict does in Chromium, measured on the release: twins that are alike, and twins of which one is 1 ms late.
# Takes about 25 minutes; CALIBRATE_RUNS=5 makes it shorter.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

scripts/setup.sh
PLAYWRIGHT_CHROMIUM=$(scripts/chromium.sh)
export PLAYWRIGHT_CHROMIUM
scripts/build.sh
cd end2end && exec npx --no-install playwright test --config bench.config.ts calibrate
