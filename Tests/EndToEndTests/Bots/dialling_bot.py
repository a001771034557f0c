#!/usr/bin/env python3
"""A bot that dials the gateway, waits for calls and says back what it hears. Python standard library only.

Prints one line for each thing that happens: `waiting NAME`, `refused STATUS`, `start NAME` with the connection that the start
names, `stop`, `closed CODE`. Dials again after each call.
"""

import argparse
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Connection:
    """The client's end of one RFC 6455 connection."""

    def __init__(self, url, token, authority):
        place = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port))
        if place.scheme == "wss":
            context = ssl.create_default_context(cafile=authority)
            self.socket = context.wrap_socket(self.socket, server_hostname=place.hostname)
        self.reader = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key.decode()}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode())
        self.status = int(self.reader.readline().split(b" ")[1])
        fields = {}
        while (line := self.reader.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        if self.status == 101:
            proof = base64.b64encode(hashlib.sha1(key + KEY_SUFFIX).digest()).decode()
            assert fields["sec-websocket-accept"] == proof, "the server's proof is wrong"
            self.name = fields["trunkline-connection"]

    def receive(self):
        """The next (opcode, payload); pings are answered, the end of the stream is None."""
        while True:
            head = self.reader.read(2)
            if len(head) < 2:
                return None
            assert not head[1] & 0x80, "a server masks nothing"
            length = head[1] & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self.reader.read(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self.reader.read(8))
            payload = self.reader.read(length)
            if head[0] & 0x0F != PING:
                return head[0] & 0x0F, payload
            self.send(PONG, payload)

    def send(self, opcode, payload):
        length = len(payload)
        if length < 126:
            header = struct.pack(">BB", 0x80 | opcode, 0x80 | length)
        elif length < 65536:
            header = struct.pack(">BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            header = struct.pack(">BBQ", 0x80 | opcode, 0x80 | 127, length)
        mask = os.urandom(4)
        masked = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big")
        self.socket.sendall(header + mask + masked.to_bytes(length, "big"))

    def command(self, **fields):
        self.send(TEXT, json.dumps(fields).encode())


def converse_native(connection):
    while (message := connection.receive()) is not None:
        kind, payload = message
        if kind == BINARY:
            connection.send(BINARY, payload)
        elif kind == CLOSE:
            return say(f"closed {int.from_bytes(payload[:2], 'big')}")
        elif kind == TEXT:
            event = json.loads(payload)
            if event["event"] == "start":
                say(f"start {dict(event['parameters'])['connection_id']}")
                connection.command(command="ready", rate=16000)
            elif event["event"] == "stop":
                say("stop")


def converse_twilio(connection):
    stream = None
    while (message := connection.receive()) is not None:
        kind, payload = message
        if kind == CLOSE:
            return say(f"closed {int.from_bytes(payload[:2], 'big')}")
        if kind != TEXT:
            continue
        event = json.loads(payload)
        if event["event"] == "start":
            stream = event["start"]["streamSid"]
            say(f"start {event['start']['customParameters']['connection_id']}")
        elif event["event"] == "media":
            connection.command(event="media", streamSid=stream, media={"payload": event["media"]["payload"]})
        elif event["event"] == "stop":
            say("stop")


def wait_for_calls(options):
    while True:
        try:
            connection = Connection(options.url, options.token, options.authority)
            if connection.status != 101:
                say(f"refused {connection.status}")
                return
            say(f"waiting {connection.name}")
            (converse_twilio if options.dialect == "twilio" else converse_native)(connection)
            connection.socket.close()
        except OSError as error:
            say(f"lost {error}")
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--dialect", choices=("native", "twilio"), default="native")
    parser.add_argument("--authority", help="a PEM file of the authority that the gateway's certificate is of")
    parser.add_argument("--connections", type=int, default=1)
    options = parser.parse_args()
    threads = [threading.Thread(target=wait_for_calls, args=(options,)) for _ in range(options.connections)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
