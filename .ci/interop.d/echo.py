"""Every kind of message through Python's `websockets`, each answer compared. Argument: the port."""
import asyncio
import os
import sys

from websockets.asyncio.client import connect

MESSAGES = ["Hello", "", "κόσμε 🦀", b"\x00\xff" * 3, b"", "x" * (1 << 20), os.urandom(1 << 20)]


async def main(port):
    for compression in (None, "deflate"):
        async with connect(f"ws://127.0.0.1:{port}/any/path?q=1", compression=compression, max_size=None) as ws:
            for message in MESSAGES:
                await ws.send(message)
                assert await ws.recv() == message, f"{len(message)} came back changed"
            await ws.send(iter(["frag", "men", "", "ted"]))
            assert await ws.recv() == "fragmented"
            await asyncio.wait_for(await ws.ping(b"are you there"), 5)
            await ws.close(1000, "good bye")
            assert (ws.close_code, ws.close_reason) == (1000, "good bye"), (ws.close_code, ws.close_reason)
            assert ws.protocol.close_rcvd is not None and ws.protocol.close_rcvd.code == 1000


asyncio.run(asyncio.wait_for(main(int(sys.argv[1])), 60))
