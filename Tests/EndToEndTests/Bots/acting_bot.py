#!/usr/bin/env python3
"""A bot of the native protocol for tests: it speaks, echoes, or misbehaves as --manner says.

Python standard library only. On stdin and stdout, or with --websocket as a server that prints its URL. Each event that it
gets goes to the file --log as a line of JSON, and so does what it did itself.
"""

import argparse
import base64
import hashlib
import json
import math
import os
import socket
import struct
import sys
import threading
import time

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
# Neither frames of RFC 6455 (reserved bits, reserved opcodes) nor lengths of the framing on stdin and stdout.
JUNK = bytes(255 - value for value in range(256)) * 16


class StdioLink:
    """Type, length, payload, on stdin and stdout."""

    def __init__(self):
        self.reader = sys.stdin.buffer
        self.writer = sys.stdout.buffer

    def receive(self):
        head = self.reader.read(5)
        if len(head) < 5:
            return None
        kind, length = struct.unpack(">cI", head)
        return (TEXT if kind == b"T" else BINARY), self.reader.read(length)

    def send(self, kind, payload):
        self.send_raw(struct.pack(">cI", b"T" if kind == TEXT else b"B", len(payload)) + payload)

    def send_raw(self, octets):
        self.writer.write(octets)
        self.writer.flush()


class WebSocketLink:
    """The server's end of one RFC 6455 connection."""

    def __init__(self, connection):
        self.connection = connection
        self.reader = connection.makefile("rb")
        key = None
        while (line := self.reader.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"sec-websocket-key":
                key = value.strip()
        proof = base64.b64encode(hashlib.sha1(key + KEY_SUFFIX).digest())
        self.send_raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")

    def receive(self):
        while True:
            head = self.reader.read(2)
            if len(head) < 2:
                return None
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self.reader.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self.reader.read(8))
            mask = self.reader.read(4)
            payload = self.reader.read(length)
            unmasked = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big")
            payload = unmasked.to_bytes(length, "big")
            opcode = head[0] & 0x0F
            if opcode == CLOSE:
                self.send(CLOSE, payload[:2])
                return CLOSE, payload
            if opcode == PING:
                self.send(PONG, payload)
            elif opcode in (TEXT, BINARY):
                return opcode, payload

    def send(self, opcode, payload):
        length = len(payload)
        if length < 126:
            header = struct.pack(">BB", 0x80 | opcode, length)
        elif length < 65536:
            header = struct.pack(">BBH", 0x80 | opcode, 126, length)
        else:
            header = struct.pack(">BBQ", 0x80 | opcode, 127, length)
        self.send_raw(header + payload)

    def send_raw(self, octets):
        self.connection.sendall(octets)


class Bot:
    """One call's bot."""

    def __init__(self, link, options):
        self.link = link
        self.options = options
        second = [int(9000 * math.sin(2 * math.pi * options.frequency * index / options.rate))
                  for index in range(options.rate)]
        self.has_heard = False
        self.second_of_tone = struct.pack(f"<{options.rate}h", *second)

    def note(self, **fields):
        if self.options.log:
            with open(self.options.log, "a", encoding="utf-8") as log:
                log.write(json.dumps(fields) + "\n")

    def command(self, command, **fields):
        self.link.send(TEXT, json.dumps({"command": command, **fields}).encode())

    def speak(self, seconds):
        for _ in range(seconds):
            self.link.send(BINARY, self.second_of_tone)

    def run(self):
        self.note(did="start", pid=os.getpid())
        while (message := self.link.receive()) is not None:
            kind, payload = message
            if kind == BINARY:
                if self.options.manner == "echo":
                    self.link.send(BINARY, payload)
                elif not self.has_heard and max(memoryview(payload).cast("h"), default=0) > 2000:
                    self.has_heard = True
                    self.note(did="heard")
            elif kind == CLOSE:
                self.note(did="closed", code=int.from_bytes(payload[:2], "big"))
                return
            else:
                event = json.loads(payload)
                self.note(**event)
                self.take(event)
        self.note(did="end-of-stream")

    def take(self, event):
        name = event["event"]
        if name == "start":
            self.parameters = dict(event.get("parameters", []))
            self.command("ready", rate=self.options.rate)
        elif name == "answered":
            self.act()
        elif name == "early_media" and self.options.manner == "answer":
            self.speak(self.options.seconds)
            threading.Timer(1, lambda: self.command("answer")).start()
        elif name == "hold" and event["by"] == "local" and self.options.manner != "still":
            threading.Timer(1, lambda: self.command("resume")).start()
        elif name == "overflow" and self.options.manner == "hang":
            self.command("hangup", reason="awake again")
        elif name == "cleared" and self.options.manner == "interrupt":
            self.speak(1)
            self.command("mark", name="after")
        elif name == "mark" and event["name"] == "after":
            self.command("hangup", reason="said everything")

    def act(self):
        manner = self.options.manner
        if manner == "speak":
            self.speak(self.options.seconds)
        elif manner == "hang":
            time.sleep(self.options.seconds)
            self.note(did="awake")
        elif manner == "flood":
            threading.Thread(target=self.flood, daemon=True).start()
        elif manner == "interrupt":
            threading.Thread(target=self.interrupt, daemon=True).start()
        elif manner == "hold":
            self.speak(self.options.seconds)
            self.command("hold")
        elif manner == "transfer":
            self.command("transfer", to=self.options.to)
        elif manner == "join" and "join" in self.parameters:
            self.command("transfer", replaces=self.parameters["join"])
        elif manner == "press":
            self.command("dtmf", digits="12#")
        elif manner == "junk":
            time.sleep(1)
            self.link.send_raw(JUNK)
        elif manner == "nonsense":
            time.sleep(1)
            self.command("dance")

    def flood(self):
        """A hundred seconds of audio in each second; then clears and hangs up."""
        start = time.monotonic()
        for count in range(self.options.seconds * 100):
            self.link.send(BINARY, self.second_of_tone)
            time.sleep(max(0, start + count / 100 - time.monotonic()))
        self.note(did="flood", sent=self.options.seconds * 100, seconds=time.monotonic() - start)
        self.command("clear")
        self.command("hangup", reason="said too much")

    def interrupt(self):
        """A mark that is played, then audio and a mark that a clear drops."""
        self.speak(1)
        self.command("mark", name="played")
        self.speak(20)
        self.command("mark", name="dropped")
        time.sleep(3)
        self.command("clear")


def serve(options):
    listener = socket.create_server(("127.0.0.1", 0))
    # The hang is to show in the gateway's queue and not to vanish in the kernel's buffers.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    print(f"ws://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=lambda: Bot(WebSocketLink(connection), options).run(), daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manner", required=True,
                        choices=("speak", "echo", "hang", "flood", "junk", "nonsense", "interrupt", "listen", "answer", "hold",
                                 "transfer", "join", "press", "still"))
    parser.add_argument("--to", help="whom --manner transfer gives the far end to")
    parser.add_argument("--websocket", action="store_true")
    parser.add_argument("--rate", type=int, default=8000)
    parser.add_argument("--frequency", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--log")
    options = parser.parse_args()
    if options.websocket:
        serve(options)
    else:
        Bot(StdioLink(), options).run()


if __name__ == "__main__":
    main()
