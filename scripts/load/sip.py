"""Just enough SIP to be a caller, a stranger or a liar: text out, text in, on purpose without a parser worth the name."""

import itertools
import os
import socket
import ssl
import time

_numbers = itertools.count(1)
SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
       "m=audio 39998 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")
CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
SECURE_SDP = SDP.replace("RTP/AVP", "RTP/SAVP") + CRYPTO


def name():
    return f"{os.getpid()}x{next(_numbers)}"


def request(method, *, contact, number="+918000000001", call=None, branch=None, to_tag=None, from_tag="load",
            sequence=1, extra="", body="", transport="UDP", cseq_method=None, length=None):
    """One request as bytes. `extra` is whole header lines; `length` what Content-Length says instead of the truth."""
    call = call or name()
    tag = f";tag={to_tag}" if to_tag else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    lengths = f"Content-Length: {len(body) if length is None else length}\r\n" if length != "" else ""
    return (f"{method} sip:{number}@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} {contact};branch=z9hG4bK{branch or name()};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:+919000000002@127.0.0.1>;tag={from_tag}\r\n"
            f"To: <sip:{number}@127.0.0.1>{tag}\r\nCall-ID: {call}@load\r\nCSeq: {sequence} {cseq_method or method}\r\n"
            f"Contact: <sip:{contact}>\r\n{extra}{kind}{lengths}\r\n{body}").encode()


def status(message):
    """The status code of a response, or None."""
    return int(message[8:11]) if message[:8] == b"SIP/2.0 " and message[8:11].isdigit() else None


def header(message, field):
    for line in message.split(b"\r\n"):
        if line.lower().startswith(field.lower().encode() + b":"):
            return line.split(b":", 1)[1].strip().decode()
    return None


def tag(message):
    to = header(message, "To") or ""
    return to.split("tag=", 1)[1] if "tag=" in to else None


class Peer:
    """A socket of one transport bound to an address of 127.0.0.0/8, connected to the gateway."""

    def __init__(self, port, transport="udp", source="127.0.0.1", timeout=5.0):
        self.transport = transport
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        raw = socket.socket(socket.AF_INET, kind)
        raw.settimeout(timeout)
        raw.bind((source, 0))
        raw.connect(("127.0.0.1", port))
        if transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            raw = context.wrap_socket(raw)
        self.socket = raw
        self.contact = "%s:%d" % raw.getsockname()
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def request(self, method, **fields):
        return request(method, contact=self.contact, transport=self.transport.upper(), **fields)

    def send(self, data):
        self.socket.sendall(data) if self.transport != "udp" else self.socket.send(data)

    def receive(self, seconds=5.0):
        """The next whole message; None when none comes in time; b"" when the connection is closed."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self.transport != "udp" and (message := self._cut()) is not None:
                return message
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                return None
            except OSError:
                return b""
            if self.transport == "udp":
                return data
            if not data:
                return b""
            self.rest += data
        return None

    def _cut(self):
        while self.rest.startswith(b"\r\n"):
            self.rest = self.rest[2:]
        end = self.rest.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = end + 4 + int(header(self.rest[:end], "Content-Length") or 0)
        if len(self.rest) < length:
            return None
        message, self.rest = self.rest[:length], self.rest[length:]
        return message

    def final(self, seconds=5.0, call=None):
        """The next final response (of a call, where one is named), or what `receive` says instead."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if not message:
                return message
            if call and f"{call}@load".encode() not in message:
                continue
            if (status(message) or 0) >= 200:
                return message
        return None


def options_seconds(port, transport, source, seconds=5.0):
    """How long a new peer waits from its first packet to the answer of its OPTIONS; None for no answer. Over UDP it
    sends again after T1, as a flood fills the kernel's buffer before anybody can choose."""
    start = time.monotonic()
    try:
        with Peer(port, transport, source, timeout=seconds) as peer:
            request, answer = peer.request("OPTIONS"), None
            while answer is None and (left := start + seconds - time.monotonic()) > 0:
                peer.send(request)
                answer = peer.final(min(left, 0.5) if transport == "udp" else left)
    except OSError:
        return None
    return time.monotonic() - start if answer and status(answer) == 200 else None
