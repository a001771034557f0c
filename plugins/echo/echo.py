#!/usr/bin/env python3
"""A bot that says back what it hears: a WebSocket server of the native protocol, Python standard library only."""

import argparse
import asyncio
import base64
import hashlib
import json
import struct
import sys

KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MESSAGE_LENGTH_MAX = 1 << 20
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def log(text):
    print(f"echo: {text}", file=sys.stderr, flush=True)


class WebSocket:
    """The server's end of RFC 6455, as much of it as a bot needs."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def accept(self):
        """Answers the opening handshake. False when it was none."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), timeout=10)
        fields = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, separator, value = line.partition(":")
            if separator:
                fields[name.strip().lower()] = value.strip()
        key = fields.get("sec-websocket-key")
        if not head.startswith(b"GET ") or key is None or fields.get("upgrade", "").lower() != "websocket":
            self.writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return False
        proof = base64.b64encode(hashlib.sha1(key.encode() + KEY_SUFFIX).digest())
        self.writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
        return True

    async def _frame(self):
        first, second = await self.reader.readexactly(2)
        if first & 0x70 or not second & 0x80:
            raise ValueError("a reserved bit, or a frame without a mask")
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
        if length > MESSAGE_LENGTH_MAX:
            raise ValueError(f"a frame of {length} bytes")
        mask = await self.reader.readexactly(4)
        payload = await self.reader.readexactly(length)
        unmasked = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big")
        return bool(first & 0x80), first & 0x0F, unmasked.to_bytes(length, "big")

    async def receive(self):
        """The next (opcode, payload) of a whole message, or None after the closing handshake."""
        message, kind = b"", None
        while True:
            is_final, opcode, payload = await self._frame()
            if opcode == CLOSE:
                await self.send(CLOSE, payload[:2])
                return None
            if opcode == PING:
                await self.send(PONG, payload)
            elif opcode != PONG:
                kind = opcode or kind
                message += payload
                if len(message) > MESSAGE_LENGTH_MAX:
                    raise ValueError("a message that is too long")
                if is_final:
                    return kind, message

    async def send(self, opcode, payload):
        length = len(payload)
        if length < 126:
            header = struct.pack(">BB", 0x80 | opcode, length)
        elif length < 65536:
            header = struct.pack(">BBH", 0x80 | opcode, 126, length)
        else:
            header = struct.pack(">BBQ", 0x80 | opcode, 127, length)
        self.writer.write(header + payload)
        await self.writer.drain()

    async def command(self, command, **fields):
        await self.send(TEXT, json.dumps({"command": command, **fields}).encode())


async def converse(socket, rate):
    while (message := await socket.receive()) is not None:
        kind, payload = message
        if kind == BINARY:
            await socket.send(BINARY, payload)
            continue
        event = json.loads(payload)
        log(json.dumps(event))
        if event.get("event") == "start":
            await socket.command("ready", rate=rate)
        elif event.get("event") == "dtmf" and event.get("digit") == "#":
            await socket.command("hangup", reason="the caller pressed #")


async def serve(options):
    async def on_connection(reader, writer):
        try:
            socket = WebSocket(reader, writer)
            if await socket.accept():
                await converse(socket, options.rate)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.TimeoutError):
            log("the connection ended without a farewell")
        except (ValueError, asyncio.LimitOverrunError) as error:
            log(f"the connection is refused: {error}")
        finally:
            writer.close()

    server = await asyncio.start_server(on_connection, options.host, options.port)
    for listener in server.sockets:
        host, port = listener.getsockname()[:2]
        # The one line on standard output, for whoever started the bot with port 0.
        print(f"ws://{host}:{port}/", flush=True)
    async with server:
        await server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 takes any free port (default: 8765)")
    parser.add_argument("--rate", type=int, default=16000, choices=(8000, 16000, 24000, 48000))
    try:
        asyncio.run(serve(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
