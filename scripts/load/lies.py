"""Messages that lie about themselves, messages that are too large, and messages in somebody else's name."""

import socket
import time

import checks
import gateway as gateways
import sip
from gateway import Program

FIELDS = ["Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Require",
          "Supported", "Allow", "Accept", "Accept-Encoding", "Content-Type", "Content-Length", "Authorization",
          "Proxy-Authorization", "Subject", "User-Agent", "Reason", "P-Asserted-Identity", "Diversion", "X-Custom"]
LENGTHS = ["4294967328", "18446744073709551648", "-1", "+5", "0x5", "5 5", "65537", "1000000000", "5\r\nContent-Length: 6"]


def bombs(run):
    """1 k, 64 k and 1 M in each header field, 10,000 header lines, 1,000 Via, and lengths that lie."""
    folder = run.folder("bombs")
    gateway = gateways.Gateway(run.binary, folder, "ws://127.0.0.1:9/", ("udp", "tcp", "tls"), "udp")
    base = gateway.resident()
    outcomes, wrong, slow = {}, [], 0.0
    for transport in ("udp", "tcp", "tls"):
        for label, make in sorted(messages(transport).items()):
            with sip.Peer(gateway.ports[transport], transport) as peer:
                try:
                    peer.send(make(peer))
                    answer = peer.final(3.0)
                except OSError as error:
                    # A datagram of more than 64 KiB does not leave the sender; a stream may be closed under our hands.
                    answer = b"" if transport != "udp" else None
                    if transport == "udp" and "too long" not in str(error):
                        wrong.append(f"{transport} {label}: {error}")
            outcome = "closed" if answer == b"" else "silence" if answer is None else str(sip.status(answer))
            outcomes.setdefault(outcome, []).append(f"{transport} {label}")
            if outcome[0] not in "4c" and outcome not in ("513", "200", "silence"):
                wrong.append(f"{transport} {label}: {outcome}")
            if outcome == "silence" and transport != "udp":
                wrong.append(f"{transport} {label}: silence")
            if outcome == "200" and not label.endswith("1 k"):
                wrong.append(f"{transport} {label}: 200")
            wait = sip.options_seconds(gateway.ports["udp"], "udp", "127.0.0.1", 3.0)
            slow = max(slow, wait if wait is not None else 3.0)
    figures = {"messages": sum(map(len, outcomes.values())), "outcomes": {k: len(v) for k, v in outcomes.items()},
               "options_after_each_seconds_max": slow, "wrong": wrong,
               "memory_mib": [base / 2**20, gateway.resident() / 2**20]}
    return figures, [
        checks.exactly("messages that were neither refused nor ended their connection", len(wrong), 0),
        checks.less_than("slowest answer to the OPTIONS after each", slow, run.second, "s"),
        checks.stops(gateway)]


def messages(transport):
    made = {}

    def field(name, size):
        return lambda peer: peer.request("OPTIONS", extra=f"{name}: {'x' * size}\r\n")

    for name in FIELDS:
        for label, size in (("1 k", 1 << 10), ("64 k", 1 << 16), ("1 M", 1 << 20)):
            made[f"{name} of {label}"] = field(name, size)
    made["10,000 header lines"] = lambda peer: peer.request("OPTIONS", extra="A: b\r\n" * 10_000)
    made["1,000 Via"] = lambda peer: peer.request("OPTIONS", extra="Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n" * 1_000)
    made["a start line of 64 k"] = lambda peer: peer.request("OPTIONS", number="9" * 65_000)
    if transport != "udp":
        for length in LENGTHS:
            made[f"Content-Length {length!r}"] = (
                lambda peer, length=length: peer.request("INVITE", body=sip.SDP, length=length))
        made["no Content-Length"] = lambda peer: peer.request("INVITE", body=sip.SDP, length="")
        made["a head without end"] = lambda peer: b"OPTIONS sip:a SIP/2.0\r\n" + b"X-Line: y\r\n" * 10_000
    return made


def spoofs(run):
    """BYE, re-INVITE, CANCEL and ACK for a live call with every name right, from elsewhere. The call must live on."""
    folder = run.folder("spoofs")
    bot = Program([run.bot])
    gateway = gateways.Gateway(run.binary, folder, bot.line("ws://"), ("udp", "tcp", "tls"), "udp")
    wrong, refused = [], 0
    for transport in ("udp", "tcp", "tls"):
        with sip.Peer(gateway.ports[transport], transport) as peer:
            call, tag = establish(peer, transport)
            # Another address by each way that proves as much, and our own address by each that proves less.
            ways = {"udp": [("udp", "127.0.0.66"), ("tcp", "127.0.0.66")],
                    "tcp": [("tcp", "127.0.0.66"), ("tls", "127.0.0.66"), ("udp", "127.0.0.1")],
                    "tls": [("tls", "127.0.0.66"), ("tcp", "127.0.0.66"), ("udp", "127.0.0.1"), ("tcp", "127.0.0.1")]}
            for way, source in ways[transport]:
                for number, method in enumerate(["BYE", "INVITE"]):
                    with sip.Peer(gateway.ports[way], way, source) as thief:
                        thief.send(thief.request(method, call=call, to_tag=tag, sequence=50 + number,
                                                 body=sip.SDP if method == "INVITE" else ""))
                        answer = thief.final(3.0)
                    code = sip.status(answer) if answer else None
                    refused += code in (403, 481)
                    if code not in (403, 481):
                        wrong.append(f"{method} for {transport} by {way} from {source}: {code}")
            # The thief's CSeq must not have been noted: the peer's own requests are in order.
            peer.send(peer.request("OPTIONS", call=call, to_tag=tag, sequence=2))
            answer = peer.final(3.0)
            if not answer or sip.status(answer) != 200:
                wrong.append(f"{transport}: the call does not live on")
            peer.send(peer.request("BYE", call=call, to_tag=tag, sequence=3))
            answer = peer.final(3.0)
            if not answer or sip.status(answer) != 200:
                wrong.append(f"{transport}: its own BYE is refused")
    wrong += cancels(gateway)
    counted = gateway.gauges()["foreign_requests"]
    rest, left = gateway.rest(45, run)
    figures = {"refused": refused, "counted": counted, "wrong": wrong, "rest_seconds": rest, "left": left}
    bot.stop()
    return figures, [
        checks.exactly("foreign requests that were not refused, or cost a call", len(wrong), 0),
        checks.at_least("spoofed BYE and re-INVITE refused", refused, 18),
        checks.at_least("foreign requests counted", counted, refused),
        checks.at_most("seconds until all gauges are 0", rest, 45, "s"),
        checks.stops(gateway)]


def establish(peer, transport):
    call = sip.name()
    peer.send(peer.request("INVITE", call=call, body=sip.SECURE_SDP if transport == "tls" else sip.SDP))
    answer = peer.final(10.0, call)
    if not answer or sip.status(answer) != 200:
        raise gateways.Failure(f"no call over {transport}: {answer}")
    tag = sip.tag(answer)
    peer.send(peer.request("ACK", call=call, to_tag=tag))
    return call, tag


def cancels(gateway):
    """A CANCEL with the branch of a call that is being set up: the call is answered all the same."""
    with sip.Peer(gateway.ports["udp"], "udp") as peer, sip.Peer(gateway.ports["udp"], "udp", "127.0.0.66") as thief:
        call, branch = sip.name(), sip.name()
        peer.send(peer.request("INVITE", call=call, branch=branch, body=sip.SDP))
        cancel = peer.request("CANCEL", call=call, branch=branch)
        thief.send(cancel)
        answer = peer.final(10.0, call)
        if not answer or sip.status(answer) != 200:
            return [f"CANCEL from elsewhere: {answer and sip.status(answer)}"]
        tag = sip.tag(answer)
        peer.send(peer.request("ACK", call=call, to_tag=tag))
        peer.send(peer.request("BYE", call=call, to_tag=tag, sequence=2))
        answer = peer.final(3.0)
        return [] if answer and sip.status(answer) == 200 else ["BYE after a foreign CANCEL"]
