#!/usr/bin/env python3
"""Sends each message of a list to a SIP element as it lies in its file, and tells what came back.

torture_peer.py --transport udp|tcp|tls --port N --source ADDRESS [--authority FILE] LIST

A line of the file LIST is `KIND FILE`; the kind says what to wait for: `answer` for a final response, `silence` for none,
`close` for the end of the connection. After each message an OPTIONS of our own must be answered. One line of JSON for each
message goes to standard output: the codes in their order, whether the connection was closed, and how long the OPTIONS took.

It reads no SIP but what it must: a response belongs to a message whose Call-ID and CSeq it repeats.
"""
import argparse
import json
import re
import select
import socket
import ssl
import time

# The ports that Via fields name, to which the answers to datagrams go (RFC 3261 section 18.2.2).
PORTS = (5060, 5050, 6050, 19823, 5070)
# 64*T1, in seconds, and one more.
TRANSACTION_LIFETIME = 33


def field(message, names):
    head = re.sub(rb"\r\n[ \t]+", b" ", message.split(b"\r\n\r\n", 1)[0])
    found = re.search(rb"(?im)^(?:" + names + rb")[ \t]*:[ \t]*(.*?)[ \t]*\r?$", head)
    return re.sub(rb"[ \t]+", b" ", found.group(1)) if found else None


def key(message):
    return field(message, rb"call-id|i"), field(message, rb"cseq")


def status(message):
    found = re.match(rb"SIP/2\.0 (\d{3}) ", message)
    return int(found.group(1)) if found else None


def take_messages(buffer):
    """Cuts whole messages from the front of a stream; ours all say their length."""
    messages = []
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            return messages, buffer
        length = end + 4 + int(field(buffer[: end + 4], rb"content-length|l") or 0)
        if len(buffer) < length:
            return messages, buffer
        messages.append(buffer[:length])
        buffer = buffer[length:].lstrip(b"\r\n")


class Datagrams:
    def __init__(self, arguments):
        self.peer = ("127.0.0.1", arguments.port)
        self.sockets = []
        for port in PORTS:
            bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            bound.bind((arguments.source, port))
            self.sockets.append(bound)
        self.is_closed = False

    def send(self, message):
        self.sockets[0].sendto(message, self.peer)

    def receive(self, seconds):
        ready = select.select(self.sockets, [], [], seconds)[0]
        return [bound.recvfrom(65_535)[0] for bound in ready]

    def close(self):
        for bound in self.sockets:
            bound.close()


class Stream:
    def __init__(self, arguments):
        plain = socket.create_connection(
            ("127.0.0.1", arguments.port), timeout=10, source_address=(arguments.source, 0)
        )
        if arguments.transport == "tls":
            context = ssl.create_default_context(cafile=arguments.authority)
            plain = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.socket = plain
        self.buffer = b""
        self.is_closed = False

    def send(self, message):
        self.socket.sendall(message)

    def receive(self, seconds):
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65_536)
        except (TimeoutError, ssl.SSLWantReadError):
            return []
        except (ConnectionError, ssl.SSLError):
            data = b""
        if not data:
            self.is_closed = True
            return []
        messages, self.buffer = take_messages(self.buffer + data)
        return messages

    def close(self):
        self.socket.close()


def ping(carrier, number, transport, source):
    """Returns the milliseconds until an OPTIONS of ours is answered, and what else came meanwhile; None without answer."""
    request = (
        f"OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport.upper()} {source}:5060;branch=z9hG4bKping{number}\r\n"
        f"From: <sip:ping@{source}>;tag=p{number}\r\nTo: <sip:ping@127.0.0.1>\r\nMax-Forwards: 70\r\n"
        f"Call-ID: ping-{number}@{source}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    others = []
    begun = time.monotonic()
    carrier.send(request)
    while time.monotonic() - begun < 10 and not carrier.is_closed:
        for message in carrier.receive(0.5):
            if key(message) == key(request) and status(message) == 200:
                return (time.monotonic() - begun) * 1000, others
            others.append(message)
    return None, others


def try_message(kind, message, arguments, open_carrier, pinger, number):
    carrier = open_carrier()
    codes = []

    def note(messages):
        for other in messages:
            mine = key(message)[0] is None and not (key(other)[0] or b"").startswith(b"ping-")
            if status(other) and (mine or key(other) == key(message)):
                codes.append(status(other))

    carrier.send(message)
    patience = {"answer": 5, "silence": 0.2, "close": 40}[kind]
    begun = time.monotonic()
    while time.monotonic() - begun < patience and not carrier.is_closed:
        note(carrier.receive(0.05))
        if kind == "answer" and any(code >= 200 for code in codes):
            # A stream whose end cannot be found is closed a moment after the answer.
            patience = min(patience, time.monotonic() - begun + (0 if arguments.transport == "udp" else 0.05))
    milliseconds, late = ping(pinger or carrier, number, arguments.transport, arguments.source)
    if pinger is None:
        note(late)
    is_closed = carrier.is_closed
    if pinger is not None:
        carrier.close()
    return {"codes": codes, "closed": is_closed, "ping_ms": milliseconds}


def rounds(messages, transport):
    """The RFCs' messages share some branches. To a datagram listener the second is a retransmission of the first until
    its transaction is over (RFC 3261 section 17.2.3), so it waits for a later round."""
    result = []
    for number, message in enumerate(messages):
        name = (field(message, rb"via|v"), message.split(b" ", 1)[0])
        for taken in result if transport == "udp" else result[:1]:
            if transport != "udp" or name not in taken:
                taken.setdefault(name, []).append(number)
                break
        else:
            result.append({name: [number]})
    return [sorted(number for numbers in taken.values() for number in numbers) for taken in result]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transport", choices=("udp", "tcp", "tls"), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--authority")
    parser.add_argument("list")
    arguments = parser.parse_args()
    datagrams = Datagrams(arguments) if arguments.transport == "udp" else None
    pinger = None if datagrams else Stream(arguments)
    with open(arguments.list, encoding="utf-8") as file:
        lines = file.read().splitlines()
    kinds, paths = zip(*(line.split(" ", 1) for line in lines))
    messages = [open(path, "rb").read() for path in paths]
    told = {}
    for index, numbers in enumerate(rounds(messages, arguments.transport)):
        time.sleep(TRANSACTION_LIFETIME if index else 0)
        for number in numbers:
            message = messages[number]
            if not datagrams and b"\r\n\r\n" not in message:
                # A file that was cut behind its last field: on a stream only the empty line ends a head.
                message += b"\r\n"
            open_carrier = (lambda: datagrams) if datagrams else (lambda: Stream(arguments))
            told[number] = try_message(kinds[number], message, arguments, open_carrier, pinger, number)
    for number, path in enumerate(paths):
        print(json.dumps({"file": path, **told[number]}), flush=True)
    print("every message was sent", flush=True)


main()
