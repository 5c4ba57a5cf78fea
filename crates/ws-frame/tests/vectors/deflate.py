#!/usr/bin/env python3
"""Writes deflate.txt: messages compressed by another implementation, Python's zlib.

    python3 deflate.py > deflate.txt
"""

import itertools
import zlib

WORDS = b"the quick brown fox jumps over a lazy dog and websocket frames hold 0123456789 bytes".split()


def numbers(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed >> 16


def content(kind, seed, length):
    if kind == "bytes":
        return bytes(n % 256 for n in itertools.islice(numbers(seed), length))
    words = (WORDS[n % len(WORDS)] + b" " for n in numbers(seed))
    return b"".join(itertools.islice(words, length))[:length]


def compress(make, flush, messages, takeover):
    compressor, history = make(b""), b""
    for kind, seed, length in messages:
        message = content(kind, seed, length)
        cut = length // 3
        if not takeover:
            compressor, history = make(b""), b""
        if flush is None:  # Every part is a stream of its own, which ends with a last block, and continues the history.
            payload = b""
            for part in (message[:cut], message[cut:]):
                compressor = make(history[-32768:])
                payload += compressor.compress(part) + compressor.flush(zlib.Z_FINISH)
                history += part
            payload += b"\0"
        else:
            payload = compressor.compress(message[:cut]) + compressor.flush(flush)
            payload += compressor.compress(message[cut:]) + compressor.flush(zlib.Z_SYNC_FLUSH)
            if payload.endswith(b"\0\0\xff\xff"):
                payload = payload[:-4]
            elif not message:
                payload = b"\0"
        print(f"message {kind} {seed} {length} {payload.hex()}")


def main():
    print("# Written by deflate.py with zlib", zlib.ZLIB_RUNTIME_VERSION)
    flushes = {"none": zlib.Z_NO_FLUSH, "sync": zlib.Z_SYNC_FLUSH, "full": zlib.Z_FULL_FLUSH,
               "block": zlib.Z_BLOCK, "partial": zlib.Z_PARTIAL_FLUSH, "finish": None}
    strategies = {"default": zlib.Z_DEFAULT_STRATEGY, "huffman": zlib.Z_HUFFMAN_ONLY, "fixed": zlib.Z_FIXED}
    seed = 0
    for number, (window, flush) in enumerate(itertools.product(range(9, 16), flushes)):
        level, memory = (0, 1, 6, 9)[number % 4], (1, 8, 9)[number % 3]
        strategy, takeover = list(strategies)[number % 7 % 3], number % 5 != 0

        def make(history):
            return zlib.compressobj(level, zlib.DEFLATED, -window, memory, strategies[strategy],
                                    *([history] if history else []))

        print(f"stream window={window} level={level} memory={memory} strategy={strategy} flush={flush}"
              f" takeover={takeover}")
        messages = []
        for kind, length in (("words", 40), ("words", 0), ("words", 40), ("bytes", 30), ("words", 500)):
            seed += 1
            messages.append((kind, seed if length == 500 else number, length))
        compress(make, flushes[flush], messages, takeover)


main()
