#!/usr/bin/env python3
"""Places one call of the gateway into the simulated Exotel flow and judges it by what both sides saw.

Starts `trunkline simulate` as an Exotel edge on loopback, then `trunkline call` with the bot plugins/ivr-caller. Python
standard library only. Ends with `demo: ok`, or with `demo: failed: <why>` and exit code 1. What the call left behind
(recordings, reports, the record, the configuration) stays in .work/demo.
"""

import argparse
import array
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent
PREFLIGHT_SECONDS = 20
CALL_SECONDS = 120
POP = "pstn.in2.exotel.com"
EXOPHONE = "+918000000001"
SPEECH_DBFS = -45.0
ALIGNMENT_MS = 20.0


class Failure(Exception):
    """Why the demonstration is not ok, in words."""


class Simulator:
    """`trunkline simulate` in a process of its own."""

    def __init__(self, binary, folder, transport):
        port_option = ["--tls", "0", "--tls-directory", str(folder / "tls")] if transport == "tls" else ["--tcp", "0"]
        try:
            self.process = subprocess.Popen(
                [binary, "simulate", "--flow", "flows/ivr-demo.yaml", "--prompts", "prompts",
                 "--reports", str(folder / "carrier"), *port_option],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as error:
            raise Failure(f"{binary} cannot be started ({error.strerror}); `make build` makes it") from None
        self.port = None
        self.listening = threading.Event()
        self.lines = []
        threading.Thread(target=self._read, args=(transport,), daemon=True).start()

    def _read(self, transport):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith(f"listening: {transport} "):
                self.port = int(line.rsplit(":", 1)[1])
                self.listening.set()
        self.listening.set()

    def wait_until_listening(self):
        self.listening.wait(PREFLIGHT_SECONDS)
        if self.port is None:
            raise Failure("the carrier simulator did not start: " + " / ".join(self.lines[-3:]))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PREFLIGHT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def configuration(folder, transport, port):
    """The gateway's configuration: an Exotel trunk whose PoP's real name is at this machine."""
    tls = f"""
    tls:
      authorityFile: {folder}/tls/ca.pem""" if transport == "tls" else ""
    return f"""# Written by scripts/demo.py: an Exotel trunk that leads to the simulator.
trunks:
  exotel:
    type: exotel
    accountSid: exotelt
    exophone: "{EXOPHONE}"
    callerID: "+919000000002"
    region: mumbai
    transport: {transport}
    port: {port}
    bindAddress: 127.0.0.1
    nameOverrides:
      {POP}: 127.0.0.1{tls}
bots:
  ivr:
    command: [python3, {ROOT}/plugins/ivr-caller/ivr_caller.py, --digit, "2"]
prompts:
  directory: {ROOT}/prompts
recordings:
  directory: {folder}/recordings
  freeDiskMiB: 64
records:
  file: {folder}/calls.jsonl
log:
  level: warning
"""


def place_call(binary, folder):
    """Runs `trunkline call`, showing what it prints, and returns its record."""
    try:
        completed = subprocess.run(
            [binary, "call", "--config", str(folder / "trunkline.yaml"), "--to", EXOPHONE, "--bot", "ivr", "--ladder"],
            cwd=ROOT, timeout=CALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"the call did not end within {CALL_SECONDS} s") from None
    if completed.returncode != 0:
        raise Failure(f"trunkline call ended with exit code {completed.returncode}")
    try:
        lines = (folder / "calls.jsonl").read_text().splitlines()
        return json.loads(lines[-1])
    except (OSError, IndexError, ValueError) as error:
        raise Failure(f"there is no call record ({error})") from None


def carrier_report(folder):
    reports = sorted((folder / "carrier").glob("*.json"))
    if len(reports) != 1:
        raise Failure(f"the carrier saw {len(reports)} calls instead of one")
    return json.loads(reports[0].read_text())


def read_stereo(path):
    """Both channels of a 16-bit stereo WAV at 8000 Hz."""
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (2, 2, 8000):
            raise Failure(f"{path} is not 16-bit stereo at 8000 Hz")
        samples = array.array("h", file.readframes(file.getnframes()))
    return samples[0::2], samples[1::2]


def loudest_second(samples):
    """RMS of the loudest second, in dBFS."""
    levels = [0.0]
    for start in range(0, max(1, len(samples) - 8000 + 1), 1600):
        chunk = samples[start:start + 8000]
        if chunk:
            levels.append(math.sqrt(sum(value * value for value in chunk) / len(chunk)))
    return 20 * math.log10(max(levels) / 32768) if max(levels) > 0 else -math.inf


def onsets(samples, threshold=600, gap=4000):
    """Where sound begins after at least half a second of quiet, in samples."""
    found, quiet = [], gap
    for index, value in enumerate(samples):
        if abs(value) > threshold:
            if quiet >= gap:
                found.append(index)
            quiet = 0
        else:
            quiet += 1
    return found


def misalignment(ours, theirs):
    """How far apart the menu's parts lie in two recordings whose origins differ, in ms: the spread of their offsets."""
    first, second = onsets(ours), onsets(theirs)
    count = min(len(first), len(second))
    if count < 2:
        raise Failure("the menu and the next prompt are not in both recordings")
    offsets = [first[index] - second[index] for index in range(count)]
    return (max(offsets) - min(offsets)) / 8, offsets[0] / 8


def judge(record, report, folder, transport):
    """Raises Failure for the first thing that is not as it should be; returns what is worth printing."""
    media = record["media"] or {}
    carrier = report["media"] or {}
    end = record["end"]
    checks = [
        (end["cause"] == "hangup" and end["by"] == "bot", f"the call ended by {end['by']}: {end['sentence']}"),
        (report["status"] == 200, f"the carrier answered {report['status']} {report.get('statusReason')}"),
        ("".join(digit["digit"] for digit in report["digits"]) == "2",
         f"the flow received the digits {report['digits']}"),
        (media.get("digits_sent") == "2", f"the gateway sent the digits {media.get('digits_sent')}"),
        (media.get("codec") == "PCMA", f"the codec is {media.get('codec')}"),
        (transport != "tls" or (media.get("srtp") or "").startswith("AES_CM_128_HMAC_SHA1")
         and media["srtp"] == carrier.get("srtpSuite"), "there was no SRTP"),
        (media.get("packets_lost") == 0, f"{media.get('packets_lost')} packets toward the gateway were lost"),
        (carrier.get("packetsLost") == 0, f"{carrier.get('packetsLost')} packets toward the carrier were lost"),
        (media.get("packets_received", 0) > 100, "hardly any packet came from the carrier"),
        (bool((report.get("heard") or {}).get("speech")), "the flow heard no speech of the bot"),
    ]
    for passed, why in checks:
        if not passed:
            raise Failure(why)
    recording = (media.get("recording") or {}).get("path")
    if not recording or (media["recording"] or {}).get("fault"):
        raise Failure(f"there is no whole recording: {media.get('recording')}")
    caller, bot = read_stereo(recording)
    levels = loudest_second(caller), loudest_second(bot)
    for name, level in zip(("left (far end)", "right (bot)"), levels):
        if level < SPEECH_DBFS:
            raise Failure(f"no speech in the {name} channel of {recording}: {level:.1f} dBFS")
    sent, _ = read_stereo(folder / "carrier" / report["recording"])
    spread, offset = misalignment(caller, sent)
    if spread > ALIGNMENT_MS or abs(offset) > ALIGNMENT_MS:
        raise Failure(
            f"the menu lies {offset:.1f} ms from the carrier's own recording, its parts {spread:.1f} ms apart")
    return levels, offset, spread


def run(arguments):
    folder = ROOT / ".work" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("tls", "carrier", "recordings"):
        (folder / name).mkdir(parents=True)
    over = "TLS with SRTP" if arguments.transport == "tls" else "TCP"
    print(f"demo: starting a simulated Exotel edge on loopback ({over})", flush=True)
    simulator = Simulator(arguments.binary, folder, arguments.transport)
    try:
        simulator.wait_until_listening()
        (folder / "trunkline.yaml").write_text(configuration(folder, arguments.transport, simulator.port))
        print(f"demo: calling {EXOPHONE} at {POP}, port {simulator.port}, with the bot ivr-caller\n", flush=True)
        record = place_call(arguments.binary, folder)
    finally:
        simulator.stop()
    levels, offset, spread = judge(record, carrier_report(folder), folder, arguments.transport)
    print(f"\n  speech level: far end {levels[0]:.1f} dBFS, bot {levels[1]:.1f} dBFS in their loudest second")
    print(f"  the menu in our recording and in the carrier's own: {offset:+.1f} ms apart, {spread:.1f} ms spread")
    print(f"  everything is in {os.path.relpath(folder)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True, help="the trunkline program")
    parser.add_argument("--transport", choices=["tls", "tcp"], default="tls")
    arguments = parser.parse_args()
    try:
        run(arguments)
    except Failure as failure:
        print(f"demo: failed: {failure}", flush=True)
        return 1
    except OSError as error:
        print(f"demo: failed: {error}", flush=True)
        return 1
    except (KeyError, TypeError, ValueError, EOFError, wave.Error) as error:
        print(f"demo: failed: the record or a recording is not as it should be: {error!r}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("demo: failed: interrupted", flush=True)
        return 1
    print("demo: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
