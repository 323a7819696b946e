#!/usr/bin/env bash
# Fails when the browser has to load more WebAssembly and script than the budget allows. Counted is what the
# release sends to a browser that takes brotli: the precompressed files.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

limit=$((150 * 1024))
size=$(find target/site -type f \( -name '*.wasm.br' -o -name '*.js.br' \) -exec cat {} + | wc -c | tr -d ' ')
[ "$size" -gt 0 ] || fail "target/site holds no precompressed release. Type:" "make run"
kib() {
    awk -v bytes="$1" 'BEGIN { printf "%.1f KiB", bytes / 1024 }'
}
[ "$size" -le "$limit" ] ||
    fail "the first load is $(kib "$size") of WebAssembly and script (brotli); the budget is $(kib "$limit")."
echo "first load: $(kib "$size") of WebAssembly and script (brotli), budget $(kib "$limit")"
