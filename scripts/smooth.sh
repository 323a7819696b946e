#!/usr/bin/env bash
# Frames per second of the page under load, measured on the release.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

scripts/setup.sh
PLAYWRIGHT_CHROMIUM=$(scripts/chromium.sh)
export PLAYWRIGHT_CHROMIUM
scripts/build.sh
cd end2end && exec npx --no-install playwright test --config bench.config.ts smooth
