#!/bin/sh
# Remakes the sample prompts with espeak-ng and sox: 16-bit PCM, mono, 8 or 16 kHz.
set -eu
cd "$(dirname "$0")"
command -v espeak-ng >/dev/null && command -v sox >/dev/null || {
    echo "make.sh: espeak-ng and sox are needed: apt-get install espeak-ng sox" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# prompt NAME RATE WORDS...: speaks WORDS, trims the silence at both ends, levels the peak at -3 dBFS.
prompt() {
    name=$1
    rate=$2
    shift 2
    espeak-ng -v en-gb -s 160 -w "$work/$name.wav" "$*"
    sox -R "$work/$name.wav" -r "$rate" -c 1 -b 16 "$name.wav" \
        silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse norm -3
}

prompt welcome-menu 8000 "Welcome to Trunkline. For an agent, press one. To leave a message, press two."
prompt leave-message 8000 "Please say your message after this, and hang up when you have finished."
prompt agent-hello 8000 "Hello, this is the agent. How can I help you?"
prompt sorry 8000 "Sorry, that is not a choice."
prompt goodbye 8000 "Thank you for calling. Goodbye."
prompt bot-message 16000 "Hello, this is the calling bot. My message is: the first call works. Goodbye."
