#!/usr/bin/env bash
# Runs every test in a release build (sample arithmetic is measured in thousands of samples; debug builds crawl): the
# plugins' own tests first, then the Swift tests with the real peers. Arguments go to `swift test`.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/python-environment.sh
scripts/progress.sh swift build -c release --explicit-target-dependency-import-check error --build-tests
for test in plugins/*/test_*.py; do
    echo "test: $test"
    .venv/bin/python "$test"
done
if (($# > 0)); then
    exec swift test -c release --skip-build "$@"
fi
# Suites that wait more than they work: side by side they take minutes less.
patient='EndToEndTests\.(TortureTests|SleepingBotTests|BotFailureTests|ReferTransferTests|CallHandlingTests|InboundLimitTests|SessionTimerCallTests)/'
# Rooms in parallel; then the patient; then real sockets and peers one after the other, so that a load test starves no
# other test's audio.
swift test -c release --skip-build --skip EndToEndTests
swift test -c release --skip-build --filter "$patient"
swift test -c release --skip-build --no-parallel --filter EndToEndTests --skip "$patient"
