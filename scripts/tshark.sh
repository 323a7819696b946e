#!/usr/bin/env bash
# Makes sure, where it can, that packets can be captured on loopback: some tests compare what the server counts
# with them. Where it cannot, those tests say so, and are named in the summary.
# shellcheck source=scripts/env.sh
source "$(dirname "$0")/env.sh"

command -v dumpcap >/dev/null && command -v tshark >/dev/null && exit
if ! { command -v apt-get >/dev/null && as_root true 2>/dev/null; }; then
    say "No tshark, and none can be installed here without a password: the tests against packet captures will be skipped"
    exit
fi
say "Installing tshark"
# Its one question, whether its group may capture without being root, is answered beforehand.
install() {
    echo "wireshark-common wireshark-common/install-setuid boolean true" | as_root debconf-set-selections &&
        as_root apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends tshark
}
install >&2 || say "tshark could not be installed: the tests against packet captures will be skipped"
