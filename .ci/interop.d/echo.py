"""Every kind of message through Python's `websockets`, each answer compared; then the server is asked to end, and says 1001.

Arguments: the port and the process id of the server, and --deflate if it compresses.
"""
import asyncio
import os
import signal
import sys

from websockets.asyncio.client import connect

MESSAGES = ["Hello", "", "κόσμε 🦀", b"\x00\xff" * 3, b"", "x" * (1 << 20), os.urandom(1 << 20)]


async def messages(port, compresses):
    for compression in (None, "deflate"):
        async with connect(f"ws://127.0.0.1:{port}/any/path?q=1", compression=compression, max_size=None) as ws:
            assert bool(ws.protocol.extensions) == (compresses and compression is not None), ws.protocol.extensions
            for message in MESSAGES:
                await ws.send(message)
                assert await ws.recv() == message, f"{len(message)} came back changed"
            await ws.send(iter(["frag", "men", "", "ted"]))
            assert await ws.recv() == "fragmented"
            await asyncio.wait_for(await ws.ping(b"are you there"), 5)
            await ws.close(1000, "good bye")
            # A server echoes the code (RFC 6455 §5.5.1); the words were ours.
            assert ws.protocol.close_rcvd is not None and ws.protocol.close_rcvd.code == 1000, ws.protocol.close_rcvd


async def stop(port, server):
    async with connect(f"ws://127.0.0.1:{port}/") as ws:
        os.kill(server, signal.SIGTERM)
        await ws.wait_closed()
        assert ws.protocol.close_rcvd is not None and ws.protocol.close_rcvd.code == 1001, ws.protocol.close_rcvd


async def main(port, server, compresses):
    await messages(port, compresses)
    await stop(port, server)


asyncio.run(asyncio.wait_for(main(int(sys.argv[1]), int(sys.argv[2]), "--deflate" in sys.argv), 60))
