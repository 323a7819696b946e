#!/usr/bin/env bash
# Builds the release when something changed, and serves it; the server prints its address.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

scripts/setup.sh
scripts/build.sh
exec "$TARGET/release/pushpull" serve --site target/site
