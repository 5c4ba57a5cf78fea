#!/usr/bin/env python3
"""Counts the lines of each job, without blank lines and comments, here and with other libraries.

    examples/runtimes/peers/count.py

Exit status 1 if a program of this project is longer than its counterpart. Both are formatted to the same width.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
OURS = {"room": HERE.parent / "room.rs"}


def lines(path):
    text = (line.strip() for line in path.read_text().splitlines())
    return sum(1 for line in text if line and not line.startswith("//"))


longer = False
print(f"{'job':<12}{'ws-tokio':>9}{'usual':>9}")
for theirs in sorted((HERE / "src" / "bin").glob("*.rs")):
    ours = OURS.get(theirs.stem, HERE.parent / "jobs" / theirs.name)
    mine, usual = lines(ours), lines(theirs)
    longer |= mine > usual
    print(f"{theirs.stem:<12}{mine:>9}{usual:>9}")
sys.exit(longer)
