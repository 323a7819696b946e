#!/usr/bin/env bash
# Makes sure that there is a Chromium to test with, and prints where.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

find_chromium() {
    node end2end/chromium.mjs
}

# Debian's browser, and letters for the Korean pages.
install_with_apt() {
    command -v apt-get >/dev/null && as_root true 2>/dev/null || return 1
    as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-noto-cjk
}

# Playwright's own download: needs no root, but cannot be had behind every firewall. The libraries that it may
# lack do need root.
install_with_playwright() {
    cd end2end
    npx --no-install playwright install chromium || return 1
    node chromium.mjs >/dev/null || { as_root true 2>/dev/null && npx --no-install playwright install-deps chromium; }
}

if [ -n "${PLAYWRIGHT_CHROMIUM:-}" ]; then
    find_chromium || fail "PLAYWRIGHT_CHROMIUM names $PLAYWRIGHT_CHROMIUM, which does not start. Unset it, or name a Chromium that does."
    exit
fi

find_chromium && exit
say "Installing Chromium"
(install_with_playwright) >&2 && find_chromium && exit
install_with_apt >&2 && find_chromium && exit
fail "no Chromium was found and none could be installed. Type one of these, then try again:" \
    "sudo apt-get install chromium fonts-noto-cjk                            (Debian)" \
    "(cd end2end && npx playwright install --with-deps chromium)             (other systems)" \
    "PLAYWRIGHT_CHROMIUM=/path/to/chromium make test                         (one that lies somewhere else)"
