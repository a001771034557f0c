"""Load and attacks against `trunkline serve`: prints a table, writes JSON, ends with 0 when every check holds.

    python3 scripts/load --binary PATH --bot PATH [--short] [RUN ...]

Python standard library, sipp and socat only; traffic on loopback only. Each run has a gateway of its own.
"""

import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import calls  # noqa: E402
import challenges  # noqa: E402
import checks  # noqa: E402
import connections  # noqa: E402
import floods  # noqa: E402
import lies  # noqa: E402
from gateway import Failure, Program  # noqa: E402


class Run:
    def __init__(self, arguments):
        self.binary = arguments.binary
        self.bot = arguments.bot
        self.is_full = not arguments.short
        # What "a second" means: the short runs share their machine with whatever else is tested.
        self.second = 1.0 if self.is_full else 4.0
        self.directory = pathlib.Path(arguments.directory or tempfile.mkdtemp(prefix="trunkline-load-"))
        self.is_kept = arguments.directory is not None

    def folder(self, name):
        folder = self.directory / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


# Each with the figures of a full run and of a short one. `SECONDS` has the longest that each may take.
RUNS = {
    "calls-in-tcp": lambda run: calls.inbound(run, rate=200 if run.is_full else 20, seconds=120 if run.is_full else 4),
    "calls-in-tls": lambda run: calls.inbound(
        run, rate=50 if run.is_full else 10, seconds=120 if run.is_full else 4, tls=True),
    "calls-out-tcp": lambda run: calls.outbound(
        run, rate=100 if run.is_full else 10, seconds=60 if run.is_full else 3),
    "idle-tcp": lambda run: connections.idle(run, "tcp", 10_000 if run.is_full else 4_000, 40 if run.is_full else 13),
    "idle-tls": lambda run: connections.idle(run, "tls", 10_000 if run.is_full else 4_000, 40 if run.is_full else 8),
    "flood": lambda run: floods.flood(
        run, seconds=60 if run.is_full else 3, burst=10_000 if run.is_full else 2_000),
    "bombs": lies.bombs,
    "spoofs": lies.spoofs,
    "challenges": challenges.challenges,
}

SECONDS = {"calls-in-tcp": 260, "calls-in-tls": 260, "calls-out-tcp": 180, "idle-tcp": 100, "idle-tls": 100,
           "flood": 260, "bombs": 200, "spoofs": 90, "challenges": 90}


def limited(name, run):
    """Carries out a run; one that takes too long loses its programs, and with them its reason to go on."""
    is_over = threading.Event()

    def end():
        is_over.set()
        Program.stop_all()

    timer = threading.Timer(SECONDS[name], end)
    timer.start()
    try:
        figures, held = RUNS[name](run)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        figures, held = {"failure": f"{type(failure).__name__}: {failure}"}, []
        if not is_over.is_set():
            held.append(checks.exactly("runs that could not be judged", 1, 0))
    finally:
        timer.cancel()
        Program.stop_all()
    if is_over.is_set():
        held.append(checks.at_most("seconds of the run", math.inf, SECONDS[name], "s"))
    return figures, held


def shown(value):
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) or "none"
    return str(value)


def main():
    if sys.argv[1:2] == ["--hold"]:
        port, transport, count, seconds = sys.argv[2:6]
        connections.hold(int(port), transport, int(count), float(seconds), drip=True)
        return 0
    if sys.argv[1:2] == ["--probe"]:
        floods.probe(int(sys.argv[2]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True, help="the trunkline program")
    parser.add_argument("--bot", required=True, help="the EchoBot program")
    parser.add_argument("--short", action="store_true", help="seconds instead of minutes, as the tests run it")
    parser.add_argument("--directory", help="where files of the runs stay; without it they are removed")
    parser.add_argument("--json", help="a file for all figures")
    parser.add_argument("runs", nargs="*", help="some of: " + ", ".join(RUNS))
    arguments = parser.parse_args()
    if unknown := set(arguments.runs) - set(RUNS):
        parser.error(f"no such run: {', '.join(sorted(unknown))}")
    names = arguments.runs or list(RUNS)
    run, report, failed = Run(arguments), {}, 0
    print(f"load: {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; at most "
          f"{math.ceil(sum(SECONDS[name] for name in names) / 60)} minutes", flush=True)
    for name in names:
        start = time.monotonic()
        figures, held = limited(name, run)
        report[name] = {"figures": figures, "checks": [check._asdict() for check in held],
                        "seconds": time.monotonic() - start}
        print(f"\n{name} ({report[name]['seconds']:.0f} s)")
        for key, value in figures.items():
            print(f"       {key.replace('_', ' '):58} {shown(value)}")
        for check in held:
            failed += not check.holds
            mark = "ok  " if check.holds else "FAIL"
            print(f"  {mark} {check.text:58} {shown(check.value):>12}   {check.limit}", flush=True)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")
    if not run.is_kept:
        shutil.rmtree(run.directory, ignore_errors=True)
    print(f"\nload: {'ok' if not failed else f'{failed} checks failed'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
