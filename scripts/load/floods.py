"""More INVITEs than anybody can answer, and what becomes of the gateway."""

import collections
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

import checks
import gateway as gateways
import sip
from gateway import Program


def probe(port):
    """A trunk that asks every 100 ms whether the gateway lives, until its standard input ends; prints how long each
    answer took, null for none within 8 s."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    waits = []
    while not ended.wait(0.1):
        waits.append(sip.options_seconds(port, "udp", "127.0.0.1", 8.0))
    print(json.dumps(waits))


def flood(run, *, seconds, burst=10_000):
    """`burst` INVITEs of a trunk's address that are never acknowledged, then as many as go for `seconds`, of the trunk
    and of strangers, over UDP."""
    folder = run.folder("flood")
    bot = Program([run.bot])
    gateway = gateways.Gateway(run.binary, folder, bot.line("ws://"), ("udp", "tcp"), "udp", limits="maxCalls: 200")
    port = gateway.ports["udp"]
    base = gateway.resident()
    meter = gateways.Meter(gateway)
    answers = collections.Counter()
    retry_after = set()
    sent = collections.Counter()
    deadline = [time.monotonic() + 3600]

    def storm(source, kind, count=None):
        with sip.Peer(port, "udp", source) as peer:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            peer.socket.setblocking(False)
            done = 0
            while time.monotonic() < deadline[0] and (count is None or done < count):
                for _ in range(20):
                    done += 1
                    try:
                        peer.send(peer.request("INVITE", body=sip.SDP))
                        sent[kind] += 1
                    except (BlockingIOError, ConnectionError):
                        break
                drain(peer, kind)
                if count:
                    time.sleep(0.002)
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                drain(peer, kind)
                time.sleep(0.02)

    def drain(peer, kind):
        while True:
            try:
                data = peer.socket.recv(65536)
            except (BlockingIOError, ConnectionError):
                return
            code = sip.status(data)
            answers[kind, code] += 1
            if code == 503:
                retry_after.add(sip.header(data, "Retry-After"))

    waits = []

    def run_storms(storms, length):
        deadline[0] = time.monotonic() + length
        # Who measures has a process of its own, as the storms take what Python gives to threads.
        probe = subprocess.Popen(
            [sys.executable, str(pathlib.Path(__file__).resolve().parent), "--probe", str(port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threads = [threading.Thread(target=storm, args=arguments) for arguments in storms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        waits.extend(json.loads(probe.communicate(timeout=30)[0]))

    run_storms([("127.0.0.1", "unacknowledged", burst)], 120)
    half_open = gateway.gauges()["half_open_calls"]
    began = time.monotonic() - meter.start_time
    run_storms([("127.0.0.1", "trunk"), *((f"127.77.0.{number}", "stranger") for number in range(1, 4))], seconds)
    ended = time.monotonic()
    gauges = gateway.gauges()
    # Strangers are still banned over UDP only; a trunk is not.
    after = sip.options_seconds(port, "udp", "127.0.0.1", 2.0)
    figures = {
        "sent": dict(sent), "answers": {f"{kind} {code}": count for (kind, code), count in sorted(answers.items())},
        "retry_after": sorted(filter(None, retry_after)), "half_open_most": half_open,
        "overloaded": gauges["requests_overloaded"], "strangers_refused": gauges["strangers_refused"],
        "unheard": gauges["messages_unheard"], "dropped": gauges["datagrams_dropped"], "bans": gauges["bans"],
        "trunk_probes": len(waits), "trunk_unanswered": waits.count(None),
        "trunk_seconds_max": max((wait for wait in waits if wait is not None), default=None),
    }
    held = [
        checks.at_least("answers 503 with Retry-After",
                        answers["unacknowledged", 503] + answers["trunk", 503] if retry_after else 0, 1),
        checks.at_most("half-open calls", half_open, 200),
        checks.at_least("strangers that are not heard any more", gauges["bans"], 3),
        checks.at_least("sources that the kernel drops", gauges["sources_filtered"], 3 if run.is_full else 0),
        checks.exactly(f"OPTIONS of a trunk unanswered, of {len(waits)} during the flood", waits.count(None), 0),
        checks.less_than("seconds to the answer of one right after it", after, run.second, "s"),
    ]
    if run.is_full:
        state, left = None, {}
        while time.monotonic() - ended < 32 + 8:
            if gateway.gauges()["half_open_calls"] == 0:
                state = time.monotonic() - ended
                break
            time.sleep(0.25)
        rest, left = gateway.rest(75, run)
        figures["rest_seconds"], figures["left"] = rest and time.monotonic() - ended, left
        # 64·T1 for the ACK that does not come, one look a quarter of a second; then as much for the answer to our BYE.
        held += [checks.at_most("seconds until no call is half open, 64·T1", state, 32.5, "s"),
                 checks.at_most("seconds until all gauges are 0, twice 64·T1", figures["rest_seconds"], 65, "s")]
        middle, last = meter.mean(began + seconds / 3, began + seconds * 2 / 3), meter.mean(
            began + seconds * 2 / 3, began + seconds)
        held.append(checks.less_than(
            "memory of the flood's second and last third apart", abs(last - middle) / middle * 100, 5, "%"))
    meter.stop()
    figures["memory_mib"] = [base / 2**20, meter.most() / 2**20, gateway.resident() / 2**20]
    held.append(checks.less_than("most memory above the beginning", (meter.most() - base) / 2**20, 200, "MiB"))
    bot.stop()
    return figures, [*held, checks.stops(gateway)]
