"""Holds a whole conversation with ivr_caller.py over pipes, with this test in the gateway's place."""

import json
import math
import os
import struct
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 16000


def tone(seconds):
    count = int(RATE * seconds)
    return struct.pack(f"<{count}h", *(int(8000 * math.sin(2 * math.pi * 440 * i / RATE)) for i in range(count)))


def silence(seconds):
    return bytes(2 * int(RATE * seconds))


class Bot:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "ivr_caller.py"), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, kind, payload):
        self.process.stdin.write(struct.pack(">cI", kind, len(payload)) + payload)
        self.process.stdin.flush()

    def event(self, **fields):
        self.send(b"T", json.dumps(fields).encode())

    def audio(self, pcm):
        frame = RATE // 50 * 2
        for start in range(0, len(pcm), frame):
            self.send(b"B", pcm[start:start + frame])

    def read(self):
        header = self.process.stdout.read(5)
        if len(header) < 5:
            raise AssertionError(f"the bot ended: {self.finish()}")
        kind, length = struct.unpack(">cI", header)
        return kind, self.process.stdout.read(length)

    def command(self):
        kind, payload = self.read()
        assert kind == b"T", kind
        return json.loads(payload)

    def finish(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=20)
        log = self.process.stderr.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return code, log


class IVRCallerTests(unittest.TestCase):
    def test_whole_conversation(self):
        bot = Bot("--digit", "5")
        bot.event(event="start", call_id="c1", **{"from": "+1", "to": "+2"})
        self.assertEqual(bot.command(), {"command": "ready", "rate": RATE})
        bot.event(event="answered")
        bot.audio(silence(1.5) + tone(1.0) + silence(0.5) + tone(0.5) + silence(1.2))
        self.assertEqual(bot.command(), {"command": "dtmf", "digits": "5"})
        bot.audio(tone(1.0) + silence(1.2))
        kind, sentence = bot.read()
        self.assertEqual(kind, b"B")
        self.assertGreater(len(sentence), 2 * RATE)
        self.assertEqual(bot.command(), {"command": "mark", "name": "sentence"})
        bot.event(event="mark", name="sentence", outcome="played", heard_ms=4000)
        self.assertEqual(bot.command()["command"], "hangup")
        bot.event(event="stop", reason="bot_hangup")
        code, log = bot.finish()
        self.assertEqual(code, 0, log)
        self.assertIn("pressing 5", log)

    def test_call_that_ends_early(self):
        bot = Bot()
        bot.event(event="start", call_id="c1", **{"from": "+1", "to": "+2"})
        bot.command()
        bot.event(event="stop", reason="not_answered")
        code, log = bot.finish()
        self.assertEqual(code, 1)
        self.assertIn("not_answered", log)

    def test_end_of_input(self):
        code, _ = Bot().finish()
        self.assertEqual(code, 1)


if __name__ == "__main__":
    unittest.main()
