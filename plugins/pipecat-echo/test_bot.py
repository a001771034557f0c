"""Holds a two-way conversation with bot.py by Exotel's protocol. Needs requirements.txt; uses its `websockets`."""

import asyncio
import base64
import json
import math
import os
import socket
import struct
import subprocess
import sys
import unittest

import websockets

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 8000


def tone(frame):
    return struct.pack("<160h", *(int(8000 * math.sin(2 * math.pi * 400 * (frame * 160 + i) / RATE)) for i in range(160)))


def power_at(samples, frequency):
    """The share of a signal's power at one frequency (Goertzel's sum, written out)."""
    angle = 2 * math.pi * frequency / RATE
    real = sum(s * math.cos(angle * i) for i, s in enumerate(samples))
    imaginary = sum(s * math.sin(angle * i) for i, s in enumerate(samples))
    total = sum(s * s for s in samples) or 1
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * total)


async def converse(url):
    async with websockets.connect(url) as link:
        await link.send('{"event":"connected"}')
        start = {"stream_sid": "ST1", "call_sid": "CS1", "account_sid": "acct1", "from": "+1", "to": "+2",
                 "custom_parameters": {}, "media_format": {"encoding": "audio/x-raw", "sample_rate": "8000"}}
        await link.send(json.dumps({"event": "start", "sequence_number": "1", "stream_sid": "ST1", "start": start}))
        heard = bytearray()

        async def listen():
            async for text in link:
                message = json.loads(text)
                if message["event"] == "media":
                    heard.extend(base64.b64decode(message["media"]["payload"]))

        listener = asyncio.create_task(listen())
        for frame in range(150):
            media = {"chunk": str(frame + 1), "timestamp": str(frame * 20), "payload": base64.b64encode(tone(frame)).decode()}
            await link.send(json.dumps({"event": "media", "stream_sid": "ST1", "media": media}))
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        listener.cancel()
        return bytes(heard)


class PipecatEchoTests(unittest.TestCase):
    def test_conversation(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bot = subprocess.Popen([sys.executable, os.path.join(HERE, "bot.py"), "--port", str(port)])
        try:
            heard = asyncio.run(self.once_it_listens(bot, port))
        finally:
            bot.terminate()
            bot.wait(timeout=20)
        samples = struct.unpack(f"<{len(heard) // 2}h", heard)
        self.assertGreater(len(samples), RATE)
        middle = samples[len(samples) // 2 - 800:len(samples) // 2 + 800]
        self.assertGreater(power_at(middle, 400), 0.8)

    async def once_it_listens(self, bot, port):
        for _ in range(600):
            self.assertIsNone(bot.poll(), "the bot has ended")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return await converse(f"ws://127.0.0.1:{port}/ws")
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
        self.fail("the bot never listened")


if __name__ == "__main__":
    unittest.main()
