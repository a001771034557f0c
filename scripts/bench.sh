#!/usr/bin/env bash
# Builds and runs the benchmarks: codec, resampler and SRTP beside libavcodec, speexdsp, soxr and libsrtp2.
# The figures are printed as tables and written to .work/bench.json.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .work
scripts/progress.sh swift build -c release --package-path Benchmarks
"$(swift build -c release --package-path Benchmarks --show-bin-path)/bench" --json .work/bench.json "$@"
