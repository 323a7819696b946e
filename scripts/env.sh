# shellcheck shell=bash
# Sourced by the other scripts: the project's folder, the tools that it needs, and where they lie.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The cargo-leptos that the project is built with. wasm-bindgen-cli has no version here: it must equal the
# wasm-bindgen of Cargo.lock.
export CARGO_LEPTOS_VERSION=0.3.11
CARGO_LOCK_WASM_BINDGEN=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock)
export CARGO_LOCK_WASM_BINDGEN

# A folder of pushpull's own, so that nobody's installed tools are replaced.
export TOOLS="${XDG_CACHE_HOME:-$HOME/.cache}/pushpull/tools"
TARGET="${CARGO_TARGET_DIR:-target}"
export TARGET
# Last comes rustup's folder, for a shell that was opened before rustup was installed.
export PATH="$TOOLS/bin:$PWD/end2end/node_modules/.bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

# Says what is being done.
say() {
    printf '\n== %s\n' "$*" >&2
}

# Ends with what is wrong and, on lines of its own, what to type.
fail() {
    printf '\nerror: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '    %s\n' "$@" >&2
    exit 1
}

# as_root COMMAND...: runs it as root where that needs no password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}
