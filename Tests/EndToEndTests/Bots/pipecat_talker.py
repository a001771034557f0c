#!/usr/bin/env python3
"""A stock pipecat bot that talks: 20 s of tone that an interruption ends after 2 s; a second later the pipeline ends.

It is plugins/pipecat-echo with another processor in the middle.
"""

import asyncio
import math
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "plugins" / "pipecat-echo"))

import bot
from pipecat.frames.frames import EndWorkerFrame, InputAudioRawFrame, InterruptionFrame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

RATE = bot.SAMPLE_RATE
SECOND = struct.pack(f"<{RATE}h", *(int(9000 * math.sin(2 * math.pi * 1000 * i / RATE)) for i in range(RATE)))


class Talker(FrameProcessor):
    def __init__(self):
        super().__init__()
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
        for _ in range(20):
            await self.push_frame(OutputAudioRawFrame(SECOND, RATE, 1))
        await asyncio.sleep(2)
        await self.push_frame(InterruptionFrame())
        await asyncio.sleep(1)
        await self.push_frame(EndWorkerFrame(), FrameDirection.UPSTREAM)


if __name__ == "__main__":
    bot.Echo = Talker
    bot.main()
