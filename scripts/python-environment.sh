#!/usr/bin/env bash
# Makes the virtual environment in which the stock pipecat bot runs (.venv), once.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=plugins/pipecat-echo/requirements.txt
if [[ -f .venv/installed && .venv/installed -nt $requirements ]]; then exit 0; fi
echo "test: installing the pipecat bot into .venv"
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements"
touch .venv/installed
