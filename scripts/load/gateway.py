"""`trunkline serve` in a process of its own, what it holds, and what it uses of the machine."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.request

TOKEN = "a-token-of-the-load-runs"
NUMBER = "+918000000001"
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
# What must be 0 when no call is left.
HELD = ["calls", "calls_waiting", "dialogs", "transactions", "sessions", "media_sessions", "port_pairs", "sockets",
        "bots", "bot_processes", "recordings", "half_open_calls"]


class Failure(Exception):
    """Why a run cannot be judged, in words."""


class Program:
    """A child process whose lines are read as they come."""

    # Those that live: whoever ends a run early ends them too.
    running = []

    def __init__(self, arguments, **options):
        try:
            self.process = subprocess.Popen(
                [str(part) for part in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                stdin=subprocess.DEVNULL, **options)
        except OSError as error:
            raise Failure(f"{arguments[0]} cannot be started ({error.strerror})") from None
        Program.running.append(self)
        self.lines = []
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip())
                del self.lines[:-2000]
                self._news.notify_all()
        with self._news:
            self.lines.append("(ended)")
            self._news.notify_all()

    def line(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for line in self.lines:
                    if text in line:
                        return line
                left = deadline - time.monotonic()
                if left <= 0 or self.lines[-1:] == ["(ended)"]:
                    raise Failure(f"no line with {text!r}: " + " / ".join(self.lines[-5:]))
                self._news.wait(left)

    @classmethod
    def stop_all(cls):
        for program in list(cls.running):
            program.stop()

    def stop(self, seconds=20):
        if self in Program.running:
            Program.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


class Gateway(Program):
    """A gateway with the trunk `peer` at 127.0.0.1 and a route to the bot `echo`."""

    def __init__(self, binary, folder, bot_url, transports=("udp", "tcp"), trunk="udp", limits="", trunk_port=9,
                 more_of_trunk=""):
        folder = pathlib.Path(folder)
        self.record_file = folder / "calls.jsonl"
        listeners = ", ".join(f"{{transport: {name}, address: 127.0.0.1, port: 0}}" for name in transports)
        tls = ""
        if "tls" in transports:
            make_certificate(folder)
            tls = f"\n  certificateFile: {folder}/server.pem\n  keyFile: {folder}/server.key"
        text = f"""# Written by scripts/load.
sip:
  listeners: [{listeners}]{tls}
media: {{bindAddress: 127.0.0.1}}
trunks:
  peer:
    type: sip
    transport: {trunk}
    addresses: ["127.0.0.1:{trunk_port}"]
    number: "{NUMBER}"
    allowedPrefixes: ["+91"]
    bindAddress: 127.0.0.1
    pace: {{callsPerMinute: 100000}}
    {more_of_trunk}
bots:
  echo: {{url: "{bot_url}"}}
routes: [{{trunk: peer, number: "*", bot: echo}}]
limits: {{{limits or 'maxCalls: 1000'}}}
api: {{port: 0, token: {TOKEN}}}
records: {{file: {self.record_file}}}
log: {{level: error}}
"""
        path = folder / "trunkline.yaml"
        path.write_text(text)
        super().__init__([binary, "serve", "--config", path])
        self.api = self.line("listening on http://").rsplit(":", 1)[1]
        self.ports = {name: int(self.line(f"listening on {name} ").rsplit(":", 1)[1]) for name in transports}

    def gauges(self):
        return self.call("GET", "/v1/gauges")

    def call(self, method, path, body=None):
        order = urllib.request.Request(
            f"http://127.0.0.1:{self.api}{path}", method=method, data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(order, timeout=20) as answer:
            return json.load(answer)

    def records(self, count=0, seconds=0.0):
        """The records so far; with `count`, once there are so many or the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            lines = self.record_file.read_text().splitlines() if self.record_file.exists() else []
            if len(lines) >= count or time.monotonic() >= deadline:
                return [json.loads(line) for line in lines]
            time.sleep(0.05)

    def resident(self):
        """Bytes in memory now."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * PAGE

    def processor(self):
        """Seconds of processor time used so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def is_alive(self):
        return self.process.poll() is None

    def rest(self, seconds, run):
        """How long until nothing of any call is left; None and what is left when that takes too long. A short run does
        not wait for transactions, which absorb retransmissions for 64·T1."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            held = {name: value for name, value in self.gauges().items() if name in HELD and value
                    and (run.is_full or name != "transactions")}
            if not held:
                return time.monotonic() - start, {}
            time.sleep(0.25)
        return None, held


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=load", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/server.key",
         "-out", f"{folder}/server.pem"], check=True, capture_output=True)


class Meter(threading.Thread):
    """Samples a gateway's memory twice a second until stopped."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway = gateway
        self.start_time = time.monotonic()
        self.samples = []
        self.is_running = True
        self.start()

    def run(self):
        while self.is_running and self.gateway.is_alive():
            self.samples.append((time.monotonic() - self.start_time, self.gateway.resident()))
            time.sleep(0.5)

    def stop(self):
        self.is_running = False
        self.join()

    def mean(self, first, last):
        values = [value for moment, value in self.samples if first <= moment < last]
        return sum(values) / len(values) if values else 0.0

    def most(self):
        return max(value for _, value in self.samples)
