#!/usr/bin/env bash
# Installs what the build needs and is not there yet. Takes well under a second when nothing is missing.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

check_machine() {
    command -v cc >/dev/null ||
        fail "there is no C compiler. Type:" "apt-get install build-essential    (Debian, Ubuntu)" "xcode-select --install             (macOS)"
    command -v cargo >/dev/null ||
        fail "there is no Rust. Install rustup:" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    local node=https://nodejs.org/en/download
    command -v node >/dev/null || fail "there is no Node.js. Install version 20 or newer:" "$node"
    command -v npm >/dev/null || fail "there is no npm. Install the one that belongs to your Node.js:" "$node"
    local version
    version=$(node --version)
    version=${version#v}
    [ "${version%%.*}" -ge 20 ] || fail "Node.js $version is too old. Install version 20 or newer:" "$node"
}

# Whether the compiler, its parts and the wasm target that rust-toolchain.toml names are there.
has_toolchain() {
    local sysroot
    sysroot=$(RUSTUP_AUTO_INSTALL=0 rustc --print sysroot 2>/dev/null) || return 1
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ] && [ -x "$sysroot/bin/cargo-clippy" ] && [ -x "$sysroot/bin/rustfmt" ]
}

# Without a name rustup installs what rust-toolchain.toml says. It is asked outright, since it may have been
# told not to install on demand; it does not update itself, which nobody asked for.
install_toolchain() {
    has_toolchain && return
    say "Installing the Rust toolchain"
    command -v rustup >/dev/null ||
        fail "this Rust has no wasm32-unknown-unknown target, clippy or rustfmt. Install rustup:" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    rustup toolchain install --no-self-update ||
        fail "rustup could not install what rust-toolchain.toml names; it needs to be version 1.28 or newer:" "rustup self update"
}

# The cheap check compares the lock file with the copy that the last installation left behind.
install_packages() {
    cmp -s end2end/package-lock.json end2end/node_modules/.installed-lock.json && return
    say "Installing the npm packages of end2end"
    npm ci --prefix end2end --no-audit --no-fund
    cp end2end/package-lock.json end2end/node_modules/.installed-lock.json
}

# has PROGRAM VERSION: whether exactly that version answers.
has() {
    [ "$("$1" --version 2>/dev/null | head -n 1)" = "$1 $2" ]
}

# install_tool CRATE VERSION [FLAG...]: a prebuilt one where cargo-binstall can bring it, else from source,
# with the costly optimisations of its release profile left out: it runs for seconds.
install_tool() {
    local crate=$1 version=$2
    shift 2
    if command -v cargo-binstall >/dev/null; then
        say "Installing $crate $version"
        cargo binstall --no-confirm --disable-strategies compile --root "$TOOLS" "$crate@$version" && return
    fi
    say "Building $crate $version, once; on two cores this can take ten minutes"
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        cargo install --force --root "$TOOLS" "$@" "$crate@$version"
}

check_machine
install_toolchain
install_packages
has cargo-leptos "$CARGO_LEPTOS_VERSION" ||
    install_tool cargo-leptos "$CARGO_LEPTOS_VERSION" --locked
# Without --locked: its lock file names a release that is no longer to be had.
has wasm-bindgen "$CARGO_LOCK_WASM_BINDGEN" ||
    install_tool wasm-bindgen-cli "$CARGO_LOCK_WASM_BINDGEN"
command -v wasm-opt >/dev/null ||
    fail "wasm-opt is missing, though npm's binaryen should have brought it. Type:" "rm -r end2end/node_modules && make run"
