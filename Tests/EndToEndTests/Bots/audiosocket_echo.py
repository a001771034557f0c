#!/usr/bin/env python3
"""An AudioSocket server, as Asterisk's users write them: says back each audio frame, and prints what else comes."""

import asyncio
import struct


async def on_connection(reader, writer):
    try:
        while True:
            kind, length = struct.unpack(">BH", await reader.readexactly(3))
            payload = await reader.readexactly(length)
            if kind == 0x10:
                writer.write(struct.pack(">BH", kind, length) + payload)
                await writer.drain()
            else:
                print(f"frame {kind:#04x} {payload.hex()}", flush=True)
    except (asyncio.IncompleteReadError, ConnectionError):
        print("left", flush=True)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    print(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
