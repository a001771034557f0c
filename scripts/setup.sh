#!/usr/bin/env bash
# Installs the Debian packages that Trunkline needs: `run` for building and running, `test` for its tests and
# benchmarks besides. Does nothing where all are there. Asks for Swift 6.2 or newer and says how to get it.
set -euo pipefail

run_packages=(
    build-essential pkg-config libssl-dev libsndfile1-dev libsrtp2-dev libc-ares-dev
    openssl python3 sox ca-certificates
)
test_packages=(
    "${run_packages[@]}"
    baresip-core linphone-cli sip-tester kamailio kamailio-tls-modules kamailio-extra-modules tcpdump tshark socat
    python3-venv python3-dev espeak-ng
    libavcodec-dev libavutil-dev libswresample-dev libspeexdsp-dev libsoxr-dev libspandsp-dev
)

fail() { echo "setup: $*" >&2; exit 1; }

check_swift() {
    local hint="Install Swift 6.3 for Debian 12 from swift.org/install (the archive unpacks anywhere; put its usr/bin on PATH)."
    command -v swift >/dev/null || fail "Swift is not installed. $hint"
    local version
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -1 | grep -oE '[0-9]+\.[0-9]+') \
        || fail "swift --version says nothing that can be read. $hint"
    local major=${version%%.*} minor=${version##*.}
    if ((major < 6 || (major == 6 && minor < 2))); then
        fail "Swift $version is too old; 6.2 or newer is needed. $hint"
    fi
}

install_missing() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "this is not Debian; install by hand: ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "needs root or sudo to install: ${missing[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >/dev/null
}

case "${1:-run}" in
    run) check_swift; install_missing "${run_packages[@]}" ;;
    test) check_swift; install_missing "${test_packages[@]}" ;;
    *) fail "usage: setup.sh run|test" ;;
esac
