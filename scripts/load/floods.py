"""More INVITEs than anybody can answer, and what becomes of the gateway."""

import collections
import socket
import threading
import time

import gateway as gateways
import sip
from gateway import Program


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

    def probe():
        while time.monotonic() < deadline[0]:
            waits.append(sip.options_seconds(port, "udp", "127.0.0.1", 8.0))
            time.sleep(0.1)

    def run_storms(storms, length):
        deadline[0] = time.monotonic() + length
        threads = [threading.Thread(target=storm, args=arguments) for arguments in storms]
        threads.append(threading.Thread(target=probe))
        for thread in threads:
            thread.start()
        for thread in threads[:-1]:
            thread.join()
        deadline[0] = 0
        threads[-1].join()

    run_storms([("127.0.0.1", "unacknowledged", burst)], 120)
    half_open = gateway.gauges()["half_open_calls"]
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
    checks = [
        ("503 with Retry-After", answers["unacknowledged", 503] + answers["trunk", 503] > 0 and bool(retry_after)),
        ("no more half-open calls than the limit", half_open <= 200),
        ("strangers are refused, then not heard", gauges["bans"] >= 3 and gauges["messages_unheard"] > 0),
        ("a trunk's OPTIONS is answered during the flood", waits.count(None) == 0),
        ("and after it", after is not None and after < run.second),
    ]
    if run.is_full:
        state, left = None, {}
        while time.monotonic() - ended < 32 + 8:
            if gateway.gauges()["half_open_calls"] == 0:
                state = time.monotonic() - ended
                break
            time.sleep(0.25)
        rest, left = gateway.rest(75, run)
        figures["half_open_gone_seconds"], figures["rest_seconds"] = state, rest and time.monotonic() - ended
        figures["left"] = left
        # 64·T1 for the ACK that does not come, and 64·T1 for the answer to our BYE.
        checks += [("half-open calls are gone in 64·T1", state is not None), ("all gauges 0 after", rest is not None)]
    meter.stop()
    third = meter.samples[len(meter.samples) * 2 // 3][0]
    figures["memory_mib"] = [base / 2**20, meter.most() / 2**20, gateway.resident() / 2**20]
    checks.append(("memory has a plateau", meter.most() - base < 400 * 2**20 and third > 0))
    bot.stop()
    checks.append(("the process lives and stops with exit code 0", gateway.stop() == 0))
    return figures, checks
