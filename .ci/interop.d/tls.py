"""TLS with Python's `websockets`, in both directions.

    tls.py client PORT AUTHORITY.pem              every kind of message to an echo server over TLS
    tls.py server PORT CERTIFICATE.pem KEY.pem    an echo server over TLS, until it is terminated
"""
import asyncio
import os
import signal
import ssl
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

MESSAGES = ["Hello", "", "κόσμε 🦀", b"\x00\xff" * 3, b"", "x" * (1 << 20), os.urandom(4 << 20)]


async def client(port, authority):
    trust = ssl.create_default_context(cafile=authority)
    url = f"wss://localhost:{port}/"
    async with connect(url, ssl=trust, max_size=None, proxy=None) as ws:
        for message in MESSAGES:
            await ws.send(message)
            assert await ws.recv() == message, f"{len(message)} came back changed"
        await asyncio.wait_for(await ws.ping(b"are you there"), 5)
        await ws.close(1000, "good bye")
        assert ws.protocol.close_rcvd.code == 1000, ws.protocol.close_rcvd
    try:
        async with connect(url, ssl=ssl.create_default_context(), proxy=None):
            raise AssertionError("a certificate of an unknown authority was accepted")
    except ssl.SSLCertVerificationError:
        pass


async def server(port, certificate, key):
    identity = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    identity.load_cert_chain(certificate, key)

    async def echo(ws):
        async for message in ws:
            await ws.send(message)

    stopped = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set_result, None)
    async with serve(echo, "localhost", port, ssl=identity, max_size=None):
        await stopped


role, port, *files = sys.argv[1:]
asyncio.run({"client": client, "server": server}[role](int(port), *files))
