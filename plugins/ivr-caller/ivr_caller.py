#!/usr/bin/env python3
"""A caller for an IVR flow, as a child process of Trunkline: Python standard library only.

It speaks the native protocol (docs/bot-protocol.md) on standard input and output. It waits until the menu has been
spoken (by the energy of the audio), presses a key, listens to the next prompt, speaks the sentence in line.wav, waits
until the far end has heard it (a mark), and hangs up. Progress goes to standard error, which Trunkline logs.
"""

import argparse
import array
import json
import math
import os
import struct
import sys
import wave

FRAME_HEADER = struct.Struct(">cI")
MESSAGE_LENGTH_MAX = 1 << 20


class Gateway:
    """The other end: messages as one byte of kind, four bytes of length, payload."""

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink

    def read(self):
        """The next (kind, payload), or None at the end of the input."""
        header = self._read_exactly(FRAME_HEADER.size)
        if header is None:
            return None
        kind, length = FRAME_HEADER.unpack(header)
        if kind not in (b"T", b"B") or length > MESSAGE_LENGTH_MAX:
            raise ValueError(f"not a frame: kind {kind!r}, length {length}")
        payload = self._read_exactly(length)
        return None if payload is None else (kind, payload)

    def _read_exactly(self, count):
        data = self.source.read(count)
        return data if len(data) == count else None

    def _write(self, kind, payload):
        self.sink.write(FRAME_HEADER.pack(kind, len(payload)) + payload)
        self.sink.flush()

    def command(self, command, /, **fields):
        self._write(b"T", json.dumps({"command": command, **fields}).encode())

    def audio(self, pcm):
        self._write(b"B", pcm)


def rms(pcm):
    """Root mean square of PCM16 little-endian, 0 to 32767."""
    samples = array.array("h")
    samples.frombytes(pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    if not samples:
        return 0.0
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


class SpeechEnd:
    """Tells when somebody has spoken and then been quiet, on the clock of the audio itself."""

    def __init__(self, rate, threshold, speech_min, silence_min):
        self.rate = rate
        self.threshold = threshold
        self.speech_min = speech_min
        self.silence_min = silence_min
        self.reset()

    def reset(self):
        self.speech = 0.0
        self.silence = 0.0

    def feed(self, pcm):
        """True once at least `speech_min` s of speech were followed by `silence_min` s of silence."""
        seconds = len(pcm) / 2 / self.rate
        if rms(pcm) >= self.threshold:
            self.speech += seconds
            self.silence = 0.0
        else:
            self.silence += seconds
        return self.speech >= self.speech_min and self.silence >= self.silence_min


class Caller:
    """The conversation: menu, key, prompt, sentence, farewell."""

    def __init__(self, gateway, options, sentence, rate):
        self.gateway = gateway
        self.options = options
        self.sentence = sentence
        self.rate = rate
        self.state = "waiting for the answer"
        self.heard = 0.0
        self.listener = SpeechEnd(rate, options.threshold, 0.3, options.silence)

    def log(self, text):
        print(f"ivr-caller: {self.heard:6.2f} s: {text}", file=sys.stderr, flush=True)

    def on_event(self, event):
        """False when the conversation is over."""
        kind = event.get("event")
        if kind == "start":
            self.log(f"call {event.get('call_id')} from {event.get('from')} to {event.get('to')}")
            self.gateway.command("ready", rate=self.rate)
        elif kind == "answered":
            self.state = "menu"
            self.log("answered; listening to the menu")
        elif kind == "mark" and self.state == "speaking":
            self.log(f"my sentence was {event.get('outcome')} ({event.get('heard_ms')} ms heard); hanging up")
            self.state = "done"
            self.gateway.command("hangup", reason="ivr-caller is done")
        elif kind == "stop":
            self.log(f"stop: {event.get('reason')}")
            return False
        elif kind == "overflow":
            self.log(f"overflow {event.get('side')}: {event.get('dropped_ms')} ms dropped")
        return True

    def on_audio(self, pcm):
        self.heard += len(pcm) / 2 / self.rate
        if self.state not in ("menu", "prompt") or not self.listener.feed(pcm):
            return
        self.listener.reset()
        if self.state == "menu":
            self.log(f"the menu has ended; pressing {self.options.digit}")
            self.gateway.command("dtmf", digits=self.options.digit)
            self.state = "prompt"
        else:
            self.log("the prompt has ended; speaking")
            self.gateway.audio(self.sentence)
            self.gateway.command("mark", name="sentence")
            self.state = "speaking"


def load_sentence(path):
    with wave.open(path, "rb") as sound:
        if sound.getnchannels() != 1 or sound.getsampwidth() != 2:
            raise ValueError(f"{path}: 16-bit mono is needed")
        return sound.readframes(sound.getnframes()), sound.getframerate()


def parse_arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Calls through an IVR menu. Started by Trunkline, not by hand.")
    parser.add_argument("--digit", default="2", help="the key(s) to press after the menu (default: 2)")
    parser.add_argument("--line", default=os.path.join(here, "line.wav"), help="what to say: WAV, 16-bit mono")
    parser.add_argument("--threshold", type=float, default=300.0, help="RMS from which audio is speech (default: 300)")
    parser.add_argument("--silence", type=float, default=1.0, help="seconds of silence that end speech (default: 1)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    sentence, rate = load_sentence(options.line)
    gateway = Gateway(sys.stdin.buffer, sys.stdout.buffer)
    caller = Caller(gateway, options, sentence, rate)
    while (message := gateway.read()) is not None:
        kind, payload = message
        if kind == b"B":
            caller.on_audio(payload)
        elif not caller.on_event(json.loads(payload)):
            break
    caller.log("leaving")
    return 0 if caller.state == "done" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # The gateway has gone; there is nobody left to tell.
        sys.exit(1)
