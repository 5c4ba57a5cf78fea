"""Every kind of message through Python's `websockets`, with each answer compared. Then the server is stopped, and closes with 1001.

With compression, also seeded random messages, in random fragments, under every set of parameters: compressed by either side and
inflated by the other.

Arguments: the port and the process id of the server, and --deflate or --deflate=dedicated if it compresses. Over TLS if the
environment's CA names the file of a certificate.
"""
import asyncio
import itertools
import os
import random
import signal
import ssl
import sys

from websockets.asyncio import client
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

MESSAGES = ["Hello", "", "κόσμε 🦀", b"\x00\xff" * 3, b"", "x" * (1 << 20), os.urandom(1 << 20)]


CA = os.environ.get("CA")


def connect(port, path="", **options):
    if CA:
        return client.connect(f"wss://localhost:{port}/{path}", ssl=ssl.create_default_context(cafile=CA), **options)
    return client.connect(f"ws://127.0.0.1:{port}/{path}", **options)


async def messages(port, compresses):
    for compression in (None, "deflate"):
        async with connect(port, "any/path?q=1", compression=compression, max_size=None) as ws:
            assert bool(ws.protocol.extensions) == (compresses and compression is not None), ws.protocol.extensions
            for message in MESSAGES:
                await ws.send(message)
                assert await ws.recv() == message, f"{len(message)} came back changed"
            await ws.send(iter(["frag", "men", "", "ted"]))
            assert await ws.recv() == "fragmented"
            await asyncio.wait_for(await ws.ping(b"are you there"), 5)
            await ws.close(1000, "good bye")
            # A server echoes the code (RFC 6455 §5.5.1), without the reason.
            assert ws.protocol.close_rcvd is not None and ws.protocol.close_rcvd.code == 1000, ws.protocol.close_rcvd


async def random_messages(port):
    for seed, parameters in enumerate(itertools.product((False, True), (False, True), (None, 9, 12, 15), (None, True, 9, 12, 15))):
        chance = random.Random(seed)
        offer = ClientPerMessageDeflateFactory(*parameters)
        async with connect(port, compression=None, extensions=[offer], max_size=None) as ws:
            assert ws.protocol.extensions, parameters
            for number in range(25):
                message = random_message(chance)
                await ws.send(fragments(chance, message) if chance.random() < 0.5 else message)
                assert await ws.recv() == message, f"seed {seed}, message {number}, {parameters} came back changed"


def random_message(chance):
    """Compressible words, or incompressible bytes."""
    length = int(2 ** chance.uniform(0, 17))
    if chance.random() < 0.3:
        return chance.randbytes(length)
    words = ["frame", "mask", "κόσμε", "🦀", str(chance.random())]
    return " ".join(chance.choices(words, k=length // 6))


def fragments(chance, message):
    """At least one piece, and some of them empty."""
    cuts = sorted(chance.choices(range(len(message) + 1), k=chance.randrange(6)))
    return [message[start:end] for start, end in zip([0, *cuts], [*cuts, len(message)])]


async def stop(port, server):
    async with connect(port) as ws:
        os.kill(server, signal.SIGTERM)
        await ws.wait_closed()
        assert ws.protocol.close_rcvd is not None and ws.protocol.close_rcvd.code == 1001, ws.protocol.close_rcvd


async def main(port, server, compresses):
    await messages(port, compresses)
    if compresses:
        await random_messages(port)
    await stop(port, server)


asyncio.run(asyncio.wait_for(main(int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) > 3), 60))
