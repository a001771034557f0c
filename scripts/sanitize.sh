#!/usr/bin/env bash
# Runs every Swift test under AddressSanitizer with LeakSanitizer, then under ThreadSanitizer, each in a build of its own
# (.build-asan, .build-tsan), optimised as `make test` is. Programs that tests start are built the same way.
#
#   scripts/sanitize.sh [address|thread]... [-- arguments of swift test]
#
# A test that measures memory or speed cannot do so here; it looks at TRUNKLINE_SANITIZER and says why it does not run.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizers=()
while (($#)) && [[ $1 != -- ]]; do sanitizers+=("$1"); shift; done
(($#)) && shift
((${#sanitizers[@]})) || sanitizers=(address thread)

# swift-backtrace would wait for a terminal for ever after a crash.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=0:exitcode=66:second_deadlock_stack=1
failed=()

run_tests() {
    local sanitizer=$1
    shift
    local build=(-c release --scratch-path ".build-${sanitizer:0:1}san" --sanitize="$sanitizer")
    scripts/progress.sh swift build "${build[@]}" --build-tests || return 1
    export TRUNKLINE_SANITIZER=$sanitizer
    if (($# > 0)); then
        swift test "${build[@]}" --skip-build "$@"
        return
    fi
    # As in scripts/test.sh: rooms in parallel, then real sockets and peers one after the other.
    swift test "${build[@]}" --skip-build --skip EndToEndTests || return 1
    swift test "${build[@]}" --skip-build --no-parallel --filter EndToEndTests
}

for sanitizer in "${sanitizers[@]}"; do
    echo "sanitize: $sanitizer"
    run_tests "$sanitizer" "$@" || failed+=("$sanitizer")
done
if ((${#failed[@]})); then
    echo "sanitize: FAILED under ${failed[*]}"
    exit 1
fi
echo "sanitize: nothing found under ${sanitizers[*]}"
