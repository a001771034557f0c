#!/usr/bin/env python3
"""A bot of the tests, as a child process: says one tone, keeps what it hears. Python standard library only.

It speaks the native protocol (docs/bot-protocol.md) at 8 kHz. From the answer on it says a tone; what it hears is in
<directory>/<call id>.wav when it leaves, and its events, one line each, in <directory>/<call id>.events, each with how many
seconds of audio had come before it. In early media it may say another tone first, and answer by itself.
"""

import argparse
import array
import json
import math
import os
import struct
import sys
import threading
import wave

FRAME_HEADER = struct.Struct(">cI")
RATE = 8000
writing = threading.Lock()


def write(kind, payload):
    with writing:
        sys.stdout.buffer.write(FRAME_HEADER.pack(kind, len(payload)) + payload)
        sys.stdout.buffer.flush()


def command(name, **fields):
    write(b"T", json.dumps({"command": name, **fields}).encode())


def read_exactly(count):
    data = sys.stdin.buffer.read(count)
    return data if len(data) == count else None


def messages():
    while (header := read_exactly(FRAME_HEADER.size)) is not None:
        kind, length = FRAME_HEADER.unpack(header)
        payload = read_exactly(length)
        if payload is None:
            return
        yield kind, payload


def tone(frequency, seconds):
    step = 2 * math.pi * frequency / RATE
    samples = array.array("h", (round(8000 * math.sin(step * index)) for index in range(round(seconds * RATE))))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tone", type=float, required=True, help="Hz")
    parser.add_argument("--early", type=float, help="Hz of the tone, two seconds long, for early media")
    parser.add_argument("--answer-after", type=float, help="seconds of early media after which to answer")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the tone is")
    parser.add_argument("--listen", type=float, help="seconds of the caller's audio after which to hang up")
    parser.add_argument("--directory", required=True)
    options = parser.parse_args()
    heard, events, name, asked = bytearray(), [], "unknown", False
    for kind, payload in messages():
        if kind == b"B":
            heard += payload
            if options.listen is not None and not asked and len(heard) >= 2 * RATE * options.listen:
                asked = True
                command("hangup", reason="heard enough")
            continue
        event = json.loads(payload)
        events.append({**event, "heard_seconds": len(heard) / 2 / RATE})
        if event["event"] == "start":
            name = event["call_id"]
            command("ready", rate=RATE)
        elif event["event"] == "early_media":
            if options.early is not None:
                write(b"B", tone(options.early, 2))
            if options.answer_after is not None:
                threading.Timer(options.answer_after, command, ["answer"]).start()
        elif event["event"] == "answered":
            write(b"B", tone(options.tone, options.seconds))
        elif event["event"] == "stop":
            break
    stem = os.path.join(options.directory, name)
    with wave.open(stem + ".wav", "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(bytes(heard))
    with open(stem + ".events", "w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(event) + "\n" for event in events)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # The gateway has gone; there is nobody left to tell.
        sys.exit(1)
