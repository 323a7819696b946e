#!/usr/bin/env bash
# Fails when the browser has to load more WebAssembly than the budget allows. Counted is what the release sends
# to a browser that takes brotli: the precompressed files.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

# What is in it, and why it is no less: docs/decisions/0010-first-load.md
limit=$((200 * 1024))
sum() {
    find target/site -type f -name "$1" -exec cat {} + | wc -c | tr -d ' '
}
kib() {
    awk -v bytes="$1" 'BEGIN { printf "%.1f KiB", bytes / 1024 }'
}
wasm=$(sum '*.wasm.br')
[ "$wasm" -gt 0 ] || fail "target/site holds no precompressed release. Type:" "make run"
[ "$wasm" -le "$limit" ] ||
    fail "the first load has $(kib "$wasm") of WebAssembly (brotli); the budget is $(kib "$limit")."
echo "first load: $(kib "$wasm") of WebAssembly (brotli), budget $(kib "$limit"); beside it $(kib "$(sum '*.js.br')") of script and $(kib "$(sum '*.css.br')") of style"
