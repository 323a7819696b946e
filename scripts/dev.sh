#!/usr/bin/env bash
# Serves a development build that is built anew, and reloaded in the browser, at every change.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

scripts/setup.sh
exec cargo leptos watch -- serve
