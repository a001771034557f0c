#!/usr/bin/env python3
"""Stock pipecat bots behind every serializer that pipecat ships for telephony, one path for each vendor and manner:
/echo/twilio says back what it hears; /talk/twilio says 20 s of tone that an interruption ends after 2 s, and ends a second
later.

Where pipecat's runner detects the vendor by itself, it does; Vonage's and Genesys's serializers are given, because the
runner does not know them. The serializers of Twilio, Telnyx and Plivo want credentials and hang up at the vendor's cloud:
they get some from the environment, and no name but localhost resolves here.
"""

import argparse
import asyncio
import math
import os
import pathlib
import socket
import struct
import sys

for name in (
    "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TELNYX_API_KEY", "PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN",
):
    os.environ.setdefault(name, "nobody")

resolve = socket.getaddrinfo


def resolve_local(host, *rest, **more):
    if host not in (None, "", "localhost", "127.0.0.1", "::1"):
        raise socket.gaierror(socket.EAI_NONAME, "only loopback is resolved in this test")
    return resolve(host, *rest, **more)


socket.getaddrinfo = resolve_local

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "plugins" / "pipecat-echo"))

import uvicorn
from bot import Echo
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import EndWorkerFrame, InputAudioRawFrame, InterruptionFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.types import WebSocketRunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.serializers.genesys import GenesysAudioHookSerializer
from pipecat.serializers.vonage import VonageFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

app = FastAPI()


class Talker(FrameProcessor):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.has_begun = False

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            if not self.has_begun:
                self.has_begun = True
                self.create_task(self.talk())
            return
        await self.push_frame(frame, direction)

    async def talk(self):
        samples = (int(9000 * math.sin(2 * math.pi * 1000 * i / self.rate)) for i in range(self.rate))
        second = struct.pack(f"<{self.rate}h", *samples)
        for _ in range(20):
            await self.push_frame(OutputAudioRawFrame(second, self.rate, 1))
        await asyncio.sleep(2)
        await self.push_frame(InterruptionFrame())
        await asyncio.sleep(1)
        await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)


def parameters(serializer=None):
    return FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
    )


async def transport_of(vendor, websocket):
    if vendor == "vonage":
        return FastAPIWebsocketTransport(websocket=websocket, params=parameters(VonageFrameSerializer()))
    if vendor == "genesys":
        return FastAPIWebsocketTransport(websocket=websocket, params=parameters(GenesysAudioHookSerializer()))
    known = ("exotel", "twilio", "telnyx", "plivo")
    return await create_transport(WebSocketRunnerArguments(websocket=websocket), {name: parameters for name in known})


@app.websocket("/{manner}/{vendor}")
async def talk(websocket: WebSocket, manner: str, vendor: str):
    await websocket.accept()
    transport = await transport_of(vendor, websocket)
    rate = 16000 if vendor == "vonage" else 8000
    worker = PipelineWorker(
        Pipeline([transport.input(), Echo() if manner == "echo" else Talker(rate), transport.output()]),
        params=PipelineParams(audio_in_sample_rate=rate, audio_out_sample_rate=rate),
    )

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport, client):
        print(f"{vendor} has been left", flush=True)
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="info")
