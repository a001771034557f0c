#!/usr/bin/env bash
# Runs every test in a release build (sample arithmetic is measured in thousands of samples; debug builds crawl).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/python-environment.sh
scripts/progress.sh swift build -c release --product trunkline
scripts/progress.sh swift build -c release --build-tests
TRUNKLINE_BINARY="$(swift build -c release --show-bin-path)/trunkline"
export TRUNKLINE_BINARY
python3 -m unittest discover -s plugins -p 'test_*.py'
swift test -c release --skip-build "$@"
