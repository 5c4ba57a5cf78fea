"""Pages without a browser: some clients of the cluster's chat in one process, with the same rules as the page.

    client.py PLAN

PLAN is a file of JSON: the nodes' URLs, and for each client its room and how many messages it sends. The process prints a line when
all of its clients have joined, sends once it is told to (a line on standard input), prints a line when all its messages have come
back, and what each client saw once standard input ends. Clients whose `slow` is null do not read until another line comes.
"""
import asyncio
import json
import os
import random
import sys

import websockets

NOTHING = "0-0"  # in place of the newest message of a room that has none


class Client:
    def __init__(self, nodes, room, count, size, slow, pace=0):
        self.nodes, self.room, self.count, self.size = nodes, room, count, size
        self.pace = pace  # seconds between its messages, about
        self.slow = slow  # seconds that it does not read for, once; None: until it is told
        self.told_to_read = asyncio.Event()
        self.secret = os.urandom(16).hex()
        self.node = random.choice(nodes)
        self.last = None
        self.had = {NOTHING}  # ids
        self.sender = None
        self.seen = []  # [id, sender, number] as shown, and "gap" where the node said so
        self.numbers = {}
        self.acknowledged = 0
        self.interruptions = 0
        self.away = 0
        self.refused = 0
        self.sending = False
        self.joined, self.done = asyncio.Event(), asyncio.Event()

    async def run(self):
        while True:
            try:
                await self.converse()
            except (OSError, websockets.exceptions.WebSocketException):
                pass
            self.sender = None
            self.interruptions += 1
            self.node = random.choice(self.nodes)
            await asyncio.sleep(random.uniform(0.05, 0.5))

    async def converse(self):
        options = {"compression": None, "ping_interval": None, "open_timeout": 5, "max_queue": 16}
        async with websockets.connect(f"{self.node}/{self.room}", **options) as socket:
            await socket.send(f"join\tclient\t{self.secret}\t{self.last or ''}")
            async for line in socket:
                if not await self.hear(socket, *line.split("\t")):
                    return
                if self.slow != 0 and self.sending:
                    slow, self.slow = self.slow, 0
                    await (self.told_to_read.wait() if slow is None else asyncio.sleep(slow))

    async def hear(self, socket, kind, *words):
        """Returns false if messages are missing: a new connection asks for them."""
        if kind == "welcome":
            if words[0] == "gap":
                self.last = None
                self.seen.append("gap")
            self.public = words[2]
        elif kind == "ready":
            self.last = self.last or words[0]
            self.had.add(words[0])
            self.sender = self.public
            self.joined.set()
            await self.send(socket)
        elif kind == "said":
            return await self.said(socket, *words)
        elif kind == "refused":
            self.refused += 1
            asyncio.get_running_loop().call_later(0.2, self.send_soon)
        elif kind == "here":
            asyncio.get_running_loop().call_later(5, self.check, socket, words[1])
        elif kind == "broker":
            self.away += words[0] == "away"
            if words[0] == "back":
                await self.send(socket)
        return True

    def check(self, socket, newest):
        """Asks for the newest message if it has not arrived."""
        if self.last and newest not in self.had and socket is self.socket:
            asyncio.ensure_future(socket.close())

    async def said(self, socket, id, previous, sender, number, _name, _text):
        if id in self.had:
            return True
        if self.last and previous != self.last:
            return False
        self.last, number = id, int(number)
        self.had.add(id)
        if number <= self.numbers.get(sender, 0):
            return True
        self.numbers[sender] = number
        self.seen.append([id, sender, number])
        if sender == self.public and number == self.acknowledged + 1:
            self.acknowledged = number
            asyncio.get_running_loop().call_later(random.uniform(0, 2 * self.pace), self.send_soon)
        return True

    async def send(self, socket):
        """Sends the next message once the last one has come back."""
        if self.acknowledged == self.count:
            self.done.set()
        elif self.sending and self.sender:
            number = self.acknowledged + 1
            try:
                await socket.send(f"say\t{number}\t{self.room} {number} {'x' * self.size}")
            except websockets.exceptions.ConnectionClosed:
                pass  # it is repeated over the next one
        self.socket = socket

    def send_soon(self):
        asyncio.ensure_future(self.send(self.socket))

    def begin(self):
        self.sending = True
        self.send_soon()

    def report(self):
        return {"room": self.room, "public": self.public, "seen": self.seen, "acknowledged": self.acknowledged,
                "interruptions": self.interruptions, "away": self.away, "refused": self.refused, "node": self.node}


async def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    clients = [Client(plan["nodes"], **client) for client in plan["clients"]]
    running = [asyncio.ensure_future(client.run()) for client in clients]
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    for client in clients:
        await client.joined.wait()
    print("joined", flush=True)
    await lines.readline()
    for client in clients:
        client.begin()
    for client in clients:
        await client.done.wait()
    print("done", flush=True)
    await lines.readline()  # or the end of standard input
    for client in clients:
        client.told_to_read.set()
    await lines.read()
    for task in running:
        task.cancel()
    print(json.dumps([client.report() for client in clients]), flush=True)


asyncio.run(main())
