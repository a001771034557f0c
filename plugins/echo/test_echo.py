"""Talks to echo.py over a real socket, with this test in the gateway's place."""

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class EchoTests(unittest.TestCase):
    def setUp(self):
        self.bot = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "echo.py"), "--port", "0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        url = self.bot.stdout.readline().strip()
        port = int(url.rsplit(":", 1)[1].strip("/"))
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.stream = self.socket.makefile("rb")

    def tearDown(self):
        self.stream.close()
        self.socket.close()
        self.bot.terminate()
        self.bot.wait(timeout=20)
        self.bot.stdout.close()

    def open(self):
        key = base64.b64encode(bytes(range(16))).decode()
        self.socket.sendall(
            ("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        status = self.stream.readline()
        while self.stream.readline() not in (b"\r\n", b""):
            pass
        return status

    def send(self, opcode, payload, final=True):
        mask = b"\x11\x22\x33\x44"
        first = opcode | (0x80 if final else 0)
        length = len(payload)
        if length < 126:
            header = struct.pack(">BB", first, 0x80 | length)
        elif length < 65536:
            header = struct.pack(">BBH", first, 0x80 | 126, length)
        else:
            header = struct.pack(">BBQ", first, 0x80 | 127, length)
        self.socket.sendall(header + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def read(self):
        first, length = self.stream.read(2)
        if length == 126:
            (length,) = struct.unpack(">H", self.stream.read(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.stream.read(8))
        return first & 0x0F, self.stream.read(length)

    def test_conversation(self):
        self.assertIn(b"101", self.open())
        self.send(1, json.dumps({"event": "start", "call_id": "c"}).encode())
        self.assertEqual(json.loads(self.read()[1]), {"command": "ready", "rate": 16000})
        for length in (0, 2, 640, 126, 65536):
            audio = bytes(i & 0xFF for i in range(length))
            self.send(2, audio)
            self.assertEqual(self.read(), (2, audio))
        self.send(9, b"ping")
        self.assertEqual(self.read(), (10, b"ping"))
        self.send(2, b"ab", final=False)
        self.send(0, b"cd")
        self.assertEqual(self.read(), (2, b"abcd"))
        self.send(1, json.dumps({"event": "dtmf", "digit": "#", "duration_ms": 100}).encode())
        self.assertEqual(json.loads(self.read()[1])["command"], "hangup")
        self.send(8, struct.pack(">H", 1000))
        self.assertEqual(self.read(), (8, struct.pack(">H", 1000)))

    def test_plain_http_is_refused(self):
        self.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"400", self.stream.readline())


if __name__ == "__main__":
    unittest.main()
