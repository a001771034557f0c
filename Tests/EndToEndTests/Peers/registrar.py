#!/usr/bin/env python3
"""A registrar over TCP for tests, in the Python standard library: it challenges every REGISTER and checks the digest itself.

It prints its port. Each REGISTER goes to the file given as a line of JSON: the CSeq number, what Contact and Expires say,
and what was answered. `--fail N` answers 503 to the first N that prove themselves.
"""

import argparse
import hashlib
import json
import re
import socket
import threading

HASHES = {"MD5": "md5", "SHA-256": "sha256"}


def field(head, name):
    found = re.search(rf"^{name}\s*:\s*(.*)$", head, re.IGNORECASE | re.MULTILINE)
    return found.group(1).strip() if found else None


def parameters(text):
    return {name.lower(): quoted or word for name, quoted, word in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', text)}


class Registrar:
    def __init__(self, options):
        self.options = options
        self.nonces = 0
        self.failures = options.fail
        self.lock = threading.Lock()

    def digest(self, values):
        hash_of = lambda text: hashlib.new(HASHES[self.options.algorithm], text.encode()).hexdigest()
        secret = hash_of(f"{self.options.user}:{self.options.realm}:{self.options.password}")
        request = hash_of(f"REGISTER:{values['uri']}")
        return hash_of(":".join([secret, values["nonce"], values["nc"], values["cnonce"], values["qop"], request]))

    def judge(self, head):
        """The status and further lines of the answer."""
        credentials = field(head, "Authorization")
        values = parameters(credentials) if credentials else {}
        proves = (credentials is not None and values.get("username") == self.options.user
                  and values.get("nonce") == f"nonce{self.nonces}" and values.get("response") == self.digest(values))
        if not proves:
            self.nonces += 1
            return 401, [f'WWW-Authenticate: Digest realm="{self.options.realm}", nonce="nonce{self.nonces}", '
                         f'qop="auth", algorithm={self.options.algorithm}']
        if self.failures > 0:
            self.failures -= 1
            return 503, ["Retry-After: 1"]
        asked = int(field(head, "Expires") or "3600")
        return 200, [f"Contact: {field(head, 'Contact')};expires={min(asked, self.options.lifetime)}"]

    def answer(self, head):
        with self.lock:
            status, lines = self.judge(head)
            with open(self.options.log, "a", encoding="utf-8") as log:
                print(json.dumps({
                    "did": f"answered {status}", "sequence": int(field(head, "CSeq").split()[0]),
                    "contact": field(head, "Contact"), "expires": int(field(head, "Expires") or "-1"),
                    "call_id": field(head, "Call-ID")}), file=log)
        copied = [f"{name}: {field(head, name)}" for name in ["Via", "From", "Call-ID", "CSeq"]]
        copied.append(f"To: {field(head, 'To')};tag=registrar")
        return "\r\n".join([f"SIP/2.0 {status} Answer"] + copied + lines + ["Content-Length: 0", "", ""])

    def serve(self, connection):
        text = ""
        while octets := connection.recv(65536):
            text += octets.decode()
            while (end := text.find("\r\n\r\n")) >= 0:
                head, text = text[:end].lstrip("\r\n").replace("\r\n", "\n"), text[end + 4:]
                if head.startswith("REGISTER "):
                    connection.sendall(self.answer(head).encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--realm", required=True)
    parser.add_argument("--algorithm", choices=list(HASHES), default="MD5")
    parser.add_argument("--lifetime", type=int, default=3600)
    parser.add_argument("--fail", type=int, default=0)
    registrar = Registrar(parser.parse_args())
    server = socket.create_server(("127.0.0.1", 0))
    print("port", server.getsockname()[1], flush=True)
    while True:
        connection, _ = server.accept()
        threading.Thread(target=registrar.serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
