#!/usr/bin/env bash
# Builds the release: the server, and the site that it serves.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

stamp="$TARGET/release/.built"

# cargo-leptos empties the site and optimises the WebAssembly anew on every call, also when nothing changed.
# So it is not called when no source is newer than the last release, and the site is still that release's: a
# development build shares the folder, but its files have other hashes.
is_current() {
    [ -f "$stamp" ] && [ -x "$TARGET/release/pushpull" ] || return 1
    local script
    script=$(awk '$1 == "js:" { print $2 }' "$TARGET/release/hash.txt")
    [ -f "target/site/pkg/pushpull.$script.js.br" ] || return 1
    [ -z "$(find src style locales public migrations Cargo.toml Cargo.lock rust-toolchain.toml scripts/env.sh -newer "$stamp" -print -quit)" ]
}

is_current && exit
say "Building the release"
begun=$(mktemp)
trap 'rm -f "$begun"' EXIT
# What a saved run says of the server that published it.
PUSHPULL_REVISION=$(git describe --always --dirty --abbrev=12 2>/dev/null || true)
export PUSHPULL_REVISION
cargo leptos build --release --precompress
# The time at which the build began: what was saved meanwhile counts as newer.
touch -r "$begun" "$stamp"
