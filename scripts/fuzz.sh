#!/usr/bin/env bash
# Builds and runs the fuzz targets, one after the other: libFuzzer under AddressSanitizer and LeakSanitizer.
#
#   scripts/fuzz.sh [TARGET...]     all targets without a name; `fuzz --list` names them
#   FUZZ_SECONDS=60                 for all targets together
#   FUZZ_RUNS=0                     executions of each target instead, however long they take
#
# A target dies of a crash, a broken property, an input of more than 1 s, an allocation of more than 256 MB or 1 GB in
# all; its input is then left in .work/fuzz/findings. Fuzz/Corpus and the tests' own messages are the seeds; what
# libFuzzer learns stays in .work/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/progress.sh swift build -c release --package-path Fuzz
program=$(swift build -c release --package-path Fuzz --show-bin-path)/fuzz
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <("$program" --list)
runs=${FUZZ_RUNS:-0}
seconds=$(((${FUZZ_SECONDS:-60} + ${#targets[@]} - 1) / ${#targets[@]}))
mkdir -p .work/fuzz/findings

# swift-backtrace would wait for a terminal for ever after a crash.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=1:abort_on_error=0
failed=()
for target in "${targets[@]}"; do
    learned=.work/fuzz/$target
    log=.work/fuzz/$target.log
    mkdir -p "$learned"
    options=(
        -timeout=1 -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=4096 -print_final_stats=1 -verbosity=1
        -artifact_prefix=".work/fuzz/findings/$target-"
    )
    if ((runs > 0)); then options+=(-runs="$runs"); else options+=(-max_total_time="$seconds"); fi
    case $target in
        sip-*) options+=(-dict=Fuzz/Dictionaries/sip.dict) ;;
        digest) options+=(-dict=Fuzz/Dictionaries/digest.dict) ;;
        sdp | sdes) options+=(-dict=Fuzz/Dictionaries/sdp.dict) ;;
    esac
    case $target in
        sip-datagram) seeds=(Tests/Torture/rfc4475 Tests/Torture/rfc5118 Tests/SIPSyntaxTests/Resources) ;;
        *) seeds=("Fuzz/Corpus/$target") ;;
    esac
    # The first folder is the one that is written to.
    if "$program" "$target" "${options[@]}" "$learned" "${seeds[@]}" >"$log" 2>&1; then
        executed=$(grep -a 'stat::number_of_executed_units' "$log" | grep -oE '[0-9]+' | tail -1)
        memory=$(grep -a 'stat::peak_rss_mb' "$log" | grep -oE '[0-9]+' | tail -1)
        echo "fuzz: $target: $executed executions, nothing found; peak memory $memory MB"
    else
        failed+=("$target")
        echo "fuzz: $target FAILED, see $log:"
        grep -aE 'broken:|ERROR:|Test unit written' "$log" | head -5
    fi
done
if ((${#failed[@]})); then
    echo "fuzz: findings in .work/fuzz/findings: ${failed[*]}"
    exit 1
fi
