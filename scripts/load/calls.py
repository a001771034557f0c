"""Calls by the second: sipp on one side, the gateway with a bot on the other."""

import csv
import pathlib
import re
import shutil
import socket
import threading
import time

import checks
import gateway as gateways
import sip
from gateway import Failure, Program

HERE = pathlib.Path(__file__).resolve().parent


def free_ports(count):
    """The first of so many ports in a row that nobody holds now, above the kernel's ephemeral ones."""
    for first in range(61000 + (time.time_ns() // 1000 % 200) * 20, 65000, count):
        held = []
        try:
            for port in range(first, first + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    probe = socket.socket(socket.AF_INET, kind)
                    held.append(probe)
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
        finally:
            for probe in held:
                probe.close()
    raise Failure("there are no free ports")


def scenario(folder, name, **values):
    text = (HERE / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    path = folder / name
    path.write_text(text)
    return path


def sipp(folder, arguments, transport="t1", media=0):
    program = shutil.which("sipp")
    if program is None:
        raise Failure("sipp is not installed: run `make setup-tests`")
    first = free_ports(8)
    return first, Program(
        [program, "-i", "127.0.0.1", "-p", first, "-mi", "127.0.0.1", "-mp", media or first + 4, "-cp", first + 1,
         "-t", transport, "-nostdin", *arguments], cwd=folder)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def rtts(folder):
    """Response times in milliseconds, from the file that sipp leaves."""
    times = []
    for path in folder.glob("*_rtt.csv"):
        with open(path, newline="") as file:
            for row in csv.reader(file, delimiter=";"):
                try:
                    times.append(float(row[1]))
                except (ValueError, IndexError):
                    continue
    return times


def inbound(run, *, rate, seconds, tls=False, hold_ms=1000):
    """sipp calls the gateway `rate` times a second; each call lasts `hold_ms` and sipp hangs up."""
    folder = run.folder("in-tls" if tls else "in-tcp")
    bot = Program([run.bot])
    transport = "tls" if tls else "tcp"
    gateway = gateways.Gateway(
        run.binary, folder, bot.line("ws://"), (transport,), transport,
        limits=f"maxCalls: {max(1000, rate * 8)}")
    target, relay = gateway.ports[transport], None
    if tls:
        target = free_ports(2)
        relay = Program(["socat", f"TCP-LISTEN:{target},bind=127.0.0.1,fork,reuseaddr,nodelay",
                         f"OPENSSL:127.0.0.1:{gateway.ports['tls']},verify=0,nodelay"])
        time.sleep(0.5)
    file = scenario(folder, "sipp-caller.xml", NUMBER=gateways.NUMBER, HOLD=hold_ms,
                    PROFILE="RTP/SAVP" if tls else "RTP/AVP", KEYS=sip.CRYPTO.replace("\r", "") if tls else "")
    count = rate * seconds
    before = gateway.processor()
    meter = gateways.Meter(gateway)
    _, caller = sipp(folder, ["-sf", file, "-r", rate, "-m", count, "-l", rate * 10, "-trace_rtt", "-rtt_freq", "1",
                              "-trace_err", "-timeout", f"{seconds + 60}s", f"127.0.0.1:{target}"])
    code = caller.process.wait(seconds + 90)
    meter.stop()
    used = gateway.processor() - before
    rest, left = gateway.rest(40, run)
    records, times = gateway.records(), rtts(folder)
    figures = {
        "calls": count, "calls_a_second": rate, "sipp_exit_code": code, "records": len(records),
        "failed": count - sum(record["end"]["cause"] == "hangup" for record in records),
        "invite_to_200_p50_ms": percentile(times, 0.5), "invite_to_200_p99_ms": percentile(times, 0.99),
        "invite_to_200_max_ms": percentile(times, 1.0), "timed": len(times),
        "processor_ms_a_call_with_its_media": used * 1000 / count, "memory_mib_end": gateway.resident() / 2**20,
        "rest_seconds": rest, "left": left,
    }
    held = [checks.exactly(f"calls failed of {count}, {rate} a second", figures["failed"], 0),
            checks.exactly("exit code of sipp", code, 0),
            checks.at_most("seconds until all gauges are 0", rest, 40, "s")]
    if tls and run.is_full:
        held.append(checks.at_most("p99 of INVITE to 200", figures["invite_to_200_p99_ms"], 20, "ms"))
    else:
        held.append(checks.printed("p99 of INVITE to 200", figures["invite_to_200_p99_ms"], "ms"))
    if seconds >= 120:
        early, late = meter.mean(60, 90), meter.mean(90, 120)
        figures["memory_mib_60_90"], figures["memory_mib_90_120"] = early / 2**20, late / 2**20
        figures["memory_apart_percent"] = abs(late - early) / early * 100
        held.append(checks.less_than(
            "memory of seconds 60-90 and 90-120 apart", figures["memory_apart_percent"], 1, "%"))
    if code != 0:
        figures["sipp_says"] = [line for line in caller.lines if re.search("rror|nexpected", line)][-5:]
    for program in (relay, bot):
        if program:
            program.stop()
    return figures, [*held, checks.stops(gateway)]


def outbound(run, *, rate, seconds, hold_ms=1000):
    """The gateway calls sipp `rate` times a second, ordered through its API; sipp hangs up."""
    folder = run.folder("out-tcp")
    bot = Program([run.bot])
    count = rate * seconds
    file = scenario(folder, "sipp-callee.xml", HOLD=hold_ms)
    port, callee = sipp(folder, ["-sf", file, "-m", count, "-l", rate * 10, "-trace_err", "-timeout",
                                 f"{seconds + 60}s"])
    time.sleep(0.5)
    gateway = gateways.Gateway(run.binary, folder, bot.line("ws://"), ("tcp",), "tcp",
                               limits=f"maxCalls: {max(1000, rate * 8)}", trunk_port=port)
    before = gateway.processor()
    refused = []

    def order(worker, workers):
        for number in range(worker, count, workers):
            due = start + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                gateway.call("POST", "/v1/calls", {"trunk": "peer", "to": "+919000000009", "bot": "echo"})
            except OSError as error:
                refused.append(str(error))

    start = time.monotonic()
    workers = [threading.Thread(target=order, args=(number, 8)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ordered = time.monotonic() - start
    rest, left = gateway.rest(40, run)
    used = gateway.processor() - before
    records = gateway.records()
    figures = {
        "calls": count, "calls_a_second": count / ordered, "refused_orders": len(refused), "records": len(records),
        "failed": count - sum(record["end"]["cause"] == "hangup" for record in records),
        "processor_ms_a_call_with_its_media": used * 1000 / count, "rest_seconds": rest, "left": left,
    }
    held = [checks.exactly(f"calls failed of {count}, {rate} a second", figures["failed"], 0),
            checks.at_most("seconds until all gauges are 0", rest, 40, "s")]
    for program in (callee, bot):
        program.stop()
    return figures, [*held, checks.stops(gateway)]
