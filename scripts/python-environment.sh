#!/usr/bin/env bash
# Makes the virtual environment of the tests (.venv), once: the stock pipecat bot runs in it, and speech is scored by pesq.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=(plugins/pipecat-echo/requirements.txt Tests/SpeechQualityTests/requirements.txt)
is_current() {
    local file
    [[ -f .venv/installed ]] || return 1
    for file in "${requirements[@]}"; do [[ .venv/installed -nt $file ]] || return 1; done
}
if is_current; then exit 0; fi
echo "test: installing the pipecat bot and pesq into .venv"
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "${requirements[@]/#/-r}"
touch .venv/installed
