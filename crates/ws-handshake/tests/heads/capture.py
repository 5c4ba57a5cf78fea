#!/usr/bin/env python3
"""Records the head of one WebSocket opening handshake, byte for byte.

    capture.py NAME [COMMAND...]

Listens on 127.0.0.1:8765, runs COMMAND (a client), writes what the first client that asks for an upgrade sent, up to
and with the empty line, to NAME.head beside this file, answers it properly, and ends. Anybody who asks for a page
gets one that opens `ws://127.0.0.1:8765/chat` with the subprotocols `chat` and `superchat`, so that a browser needs
no more than the address http://127.0.0.1:8765/. Only loopback is used.
"""

import base64
import hashlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

PORT = 8765
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PAGE = b"""<!doctype html><title>capture</title><script>
new WebSocket("ws://127.0.0.1:8765/chat", ["chat", "superchat"]);
</script>"""


def read_head(client):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(4096)
        if not piece:
            return None
        head += piece
    return head[: head.index(b"\r\n\r\n") + 4]


def field(head, name):
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


def answer(client, head):
    """Returns true once an upgrade was asked for and answered."""
    key = field(head, b"sec-websocket-key")
    if key is None:
        status = b"200 OK" if head.startswith(b"GET / ") else b"404 Not Found"
        body = PAGE if status == b"200 OK" else b""
        client.sendall(
            b"HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            % (status, len(body), body)
        )
        return False
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
    lines.append(b"Sec-WebSocket-Accept: " + accept)
    if field(head, b"sec-websocket-protocol"):
        lines.append(b"Sec-WebSocket-Protocol: chat")
    # A Close frame with code 1000 follows at once, so that every client ends by itself.
    client.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + b"\x88\x02\x03\xe8")
    return True


def serve(listener, name, done):
    while not done.is_set():
        client, _ = listener.accept()
        with client:
            client.settimeout(5)
            try:
                head = read_head(client)
                if head and answer(client, head):
                    pathlib.Path(__file__).with_name(name + ".head").write_bytes(head)
                    done.set()
            except OSError as error:
                print("client left:", error, file=sys.stderr)


def main():
    name, command = sys.argv[1], sys.argv[2:]
    listener = socket.create_server(("127.0.0.1", PORT))
    done = threading.Event()
    threading.Thread(target=serve, args=(listener, name, done), daemon=True).start()
    client = subprocess.Popen(command, start_new_session=True) if command else None
    captured = done.wait(timeout=60)
    if client:
        try:
            client.wait(timeout=2)
        except subprocess.TimeoutExpired:
            os.killpg(client.pid, signal.SIGKILL)
    if not captured:
        sys.exit("nobody asked for an upgrade")


main()
