"""A callee that challenges for ever, or for somebody else: how often the gateway tries, and what it tells of its password."""

import socket
import threading
import time

import checks
import gateway as gateways
import sip
from gateway import Program

REALM = "carrier.example"


class Challenger(threading.Thread):
    """Answers every INVITE with `status` and a nonce that it has not used before, and notes what came."""

    def __init__(self, realm, status):
        super().__init__(daemon=True)
        self.realm, self.status = realm, status
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = self.socket.getsockname()[1]
        self.invites, self.digests = {}, {}
        self.is_running = True
        self.start()

    def run(self):
        while self.is_running:
            try:
                data, source = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            if not data.startswith(b"INVITE "):
                continue
            call, sequence = sip.header(data, "Call-ID"), sip.header(data, "CSeq")
            # A retransmission is no try.
            if sequence not in self.invites.setdefault(call, []):
                self.invites[call].append(sequence)
                digest = sip.header(data, "Authorization") or sip.header(data, "Proxy-Authorization")
                self.digests.setdefault(call, []).append(digest)
            kept = [f"{field}: {sip.header(data, field)}" for field in ("Via", "From", "To", "Call-ID", "CSeq")]
            kept[2] += ";tag=challenger"
            name = "Proxy-Authenticate" if self.status == 407 else "WWW-Authenticate"
            kept.append(f'{name}: Digest realm="{self.realm}", nonce="{sip.name()}", qop="auth", algorithm=MD5')
            answer = f"SIP/2.0 {self.status} Prove it\r\n" + "\r\n".join(kept) + "\r\nContent-Length: 0\r\n\r\n"
            self.socket.sendto(answer.encode(), source)

    def stop(self):
        self.is_running = False
        self.join()
        self.socket.close()


def challenges(run):
    """Two tries with a digest for a nonce that changes with each answer, none for a foreign realm."""
    figures, held = {}, []
    bot = Program([run.bot])
    for label, realm, status, tries in [
            ("changing_nonce_401", REALM, 401, 2), ("changing_nonce_407", REALM, 407, 2),
            ("foreign_realm_401", "elsewhere.example", 401, 0), ("foreign_realm_407", "elsewhere.example", 407, 0)]:
        folder = run.folder(f"challenges-{label}")
        challenger = Challenger(realm, status)
        account = f"{{username: trunk, password: a-password, realms: [{REALM}]}}"
        gateway = gateways.Gateway(
            run.binary, folder, bot.line("ws://"), ("udp",), "udp", trunk_port=challenger.port,
            more_of_trunk=f"account: {account}")
        for _ in range(3):
            gateway.call("POST", "/v1/calls", {"trunk": "peer", "to": "+919000000009", "bot": "echo"})
        records = gateway.records(3, 20)
        challenger.stop()
        counts = sorted(map(len, challenger.invites.values()))
        digests = sum(digest is not None for digests in challenger.digests.values() for digest in digests)
        figures[f"invites_a_call_{label}"], figures[f"digests_{label}"] = counts, digests
        figures[f"causes_{label}"] = sorted({record["end"]["cause"] for record in records})
        words = label.replace("_", " ")
        held += [
            checks.exactly(f"{words}: tries with a digest, a call", digests / 3, tries),
            checks.exactly(f"{words}: INVITEs of each call", counts, [tries + 1] * 3),
            checks.exactly(f"{words}: causes in the records", figures[f"causes_{label}"], ["authentication"]),
            checks.stops(gateway)]
    bot.stop()
    return figures, held
