"""Compares the result of a parser with the content of the answer."""
import json
import sys

GLUED = b"\x88\x00"  # a Close frame right behind a 101


def answers():
    for line in sys.stdin:
        answer = json.loads(line)
        answer["bytes"], answer["body"] = bytes.fromhex(answer["bytes"]), bytes.fromhex(answer["body"])
        yield answer


def compare(answer, status, fields, body):
    """`fields` are names, in any case, and values."""
    name = answer["name"]
    read = [(field.lower(), value) for field, value in fields]
    assert status == answer["status"], f"{name}: status {status}"
    assert body == answer["body"], f"{name}: body {body!r}"
    for field, value in answer["fields"]:
        assert read.count((field.lower(), value)) == 1, f"{name}: {field}: {value} is not once in {read}"
    connection = ", ".join(value for field, value in read if field == "connection").lower().split(", ")
    assert ("close" in connection) == (status != 101), f"{name}: Connection is {connection}"
