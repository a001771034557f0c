#!/usr/bin/env bash
# Runs a command that may be silent for minutes, passes its output on, and says every 20 s that it still works.
set -uo pipefail
started=$SECONDS
"$@" &
command=$!
while kill -0 "$command" 2>/dev/null; do
    sleep 1
    if (((SECONDS - started) % 20 == 0)) && kill -0 "$command" 2>/dev/null; then
        echo "… still building after $((SECONDS - started)) s (a first build takes some minutes)"
    fi
done
wait "$command"
