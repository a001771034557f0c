"""Ten thousand connections that say nothing or half a message, and what a peer that comes meanwhile notices."""

import json
import selectors
import socket
import subprocess
import sys
import time
import pathlib

import checks
import gateway as gateways
import sip

HALVES = {
    "tcp": [b"", b"INVITE sip:+918000000001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP", b"INVITE sip:a SIP/2.0\r\nA: b\r\n",
            b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 60000\r\n\r\nx"],
    # Nothing, the beginning of a handshake, and junk.
    "tls": [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/1.1\r\n"],
}


def hold(port, transport, count, seconds, drip):
    """The attacker, in a process of its own: opens `count` connections, 150 from each of its addresses, keeps each as
    long as it lives, and says how long that was. With `drip`, a byte more every second (slowloris)."""
    selector = selectors.DefaultSelector()
    opened, failed, lives, half = {}, 0, [], {}
    end = time.monotonic() + seconds
    next_number, next_drip = 0, time.monotonic() + 1
    while time.monotonic() < end:
        for _ in range(100):
            if next_number >= count:
                break
            number, next_number = next_number, next_number + 1
            peer = socket.socket()
            peer.setblocking(False)
            try:
                peer.bind((f"127.{1 + number // 150 // 250 % 250}.{number // 150 % 250}.7", 0))
                peer.connect_ex(("127.0.0.1", port))
                selector.register(peer, selectors.EVENT_READ | selectors.EVENT_WRITE, number)
            except OSError:
                failed += 1
                peer.close()
        for key, events in selector.select(0.02):
            peer, number = key.fileobj, key.data
            if peer not in opened and events & selectors.EVENT_WRITE:
                text = HALVES[transport][number % len(HALVES[transport])]
                opened[peer] = time.monotonic()
                half[peer] = bool(text)
                selector.modify(peer, selectors.EVENT_READ, number)
                try:
                    peer.send(text)
                except OSError:
                    pass
            elif events & selectors.EVENT_READ:
                try:
                    data = peer.recv(4096)
                except OSError:
                    data = b""
                if not data:
                    selector.unregister(peer)
                    peer.close()
                    if peer in opened:
                        lives.append((time.monotonic() - opened.pop(peer), half.pop(peer)))
        if drip and time.monotonic() >= next_drip:
            next_drip += 1
            for peer, is_half in half.items():
                if is_half:
                    try:
                        peer.send(b"x")
                    except OSError:
                        pass
        if next_number >= count and not opened:
            break
    now = time.monotonic()
    print(json.dumps({
        "opened": len(lives) + len(opened), "failed": failed, "still_open": len(opened),
        "half_seconds_max": max([life for life, is_half in lives if is_half]
                                + [now - start for peer, start in opened.items() if half[peer]], default=0.0),
        "seconds_max": max([life for life, _ in lives] + [now - start for start in opened.values()], default=0.0)}))


def held_by_one(port):
    """How many of 150 silent connections of one address are held: those above its share are closed unread."""
    peers = []
    for _ in range(150):
        peer = socket.socket()
        peer.bind(("127.250.0.9", 0))
        peer.connect(("127.0.0.1", port))
        peer.setblocking(False)
        peers.append(peer)
    held, deadline = peers, time.monotonic() + 4
    while len(held) > 100 and time.monotonic() < deadline:
        time.sleep(0.05)
        held = [peer for peer in held if not is_closed(peer)]
    for peer in peers:
        peer.close()
    return len(held)


def is_closed(peer):
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def idle(run, transport, count, seconds):
    folder = run.folder(f"idle-{transport}")
    gateway = gateways.Gateway(run.binary, folder, "ws://127.0.0.1:9/", (transport,), transport)
    port = gateway.ports[transport]
    of_one = held_by_one(port)
    base = gateway.resident()
    meter = gateways.Meter(gateway)
    attacker = subprocess.Popen(
        [sys.executable, str(pathlib.Path(__file__).resolve().parent), "--hold", str(port), transport, str(count),
         str(seconds)], stdout=subprocess.PIPE, text=True)
    strangers, trunks, most = [], [], {}
    number = 0
    while attacker.poll() is None:
        number += 1
        strangers.append(sip.options_seconds(port, transport, f"127.251.{number // 250}.{number % 250 + 1}"))
        trunks.append(sip.options_seconds(port, transport, "127.0.0.1"))
        gauges = gateway.gauges()
        most["connections"] = max(most.get("connections", 0), gauges["connections"])
        time.sleep(0.1)
    told = json.loads(attacker.stdout.read())
    meter.stop()
    gauges = gateway.gauges()
    figures = {
        "connections_tried": count, **told, "connections_held_most": most["connections"],
        "refused": gauges["connections_refused"], "evicted": gauges["connections_evicted"], "bans": gauges["bans"],
        "probes": len(strangers), "stranger_seconds_max": max((s for s in strangers if s is not None), default=None),
        "strangers_unanswered": strangers.count(None),
        "trunk_seconds_max": max((s for s in trunks if s is not None), default=None),
        "trunk_unanswered": trunks.count(None),
        "memory_mib": [base / 2**20, meter.most() / 2**20, gateway.resident() / 2**20],
    }
    figures["memory_kib_a_connection"] = (meter.most() - base) / 1024 / max(1, most["connections"])
    return figures, [
        checks.at_most("memory of one connection", figures["memory_kib_a_connection"], 24, "KiB"),
        checks.less_than(
            f"slowest answer to a new peer, beside {count} connections", figures["stranger_seconds_max"], run.second, "s"),
        checks.exactly("new peers unanswered", strangers.count(None), 0),
        checks.less_than("slowest answer to a trunk", figures["trunk_seconds_max"], run.second, "s"),
        checks.exactly("trunks unanswered", trunks.count(None), 0),
        checks.at_most("longest life of a half message", told["half_seconds_max"],
            10 if run.is_full else 12, "s"),
        checks.at_most("connections held at once", most["connections"], 2_000 + 20),
        checks.exactly("connections held of one address, which tried 150", of_one, 100),
        checks.at_least("connections refused", gauges["connections_refused"], 1),
        checks.stops(gateway)]
