#!/usr/bin/env python3
"""Stands before a bot that speaks plain TCP: relays each connection to it, from TLS or from a Unix socket."""

import argparse
import asyncio
import ssl


async def relay(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=int, required=True, help="the bot's port")
    parser.add_argument("--unix", help="listen on this socket instead of TLS")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--client-authority", help="ask for a certificate that this authority has signed")
    options = parser.parse_args()

    async def on_connection(reader, writer):
        bot_reader, bot_writer = await asyncio.open_connection("127.0.0.1", options.to)
        await asyncio.gather(relay(reader, bot_writer), relay(bot_reader, writer))

    if options.unix:
        server = await asyncio.start_unix_server(on_connection, options.unix)
        print(f"ws+unix:{options.unix}:/", flush=True)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
        if options.client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(options.client_authority)
        server = await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=context)
        print(f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
