"""Reads the answers on standard input with h11, a strict HTTP/1.1 implementation."""
import h11
from compare import GLUED, answers, compare

REQUEST = {"GET": [("Host", "h"), ("Connection", "Upgrade"), ("Upgrade", "websocket")], "HEAD": [("Host", "h")]}

for answer in answers():
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=answer["method"], target="/", headers=REQUEST[answer["method"]]))
    connection.send(h11.EndOfMessage())
    opened = answer["status"] == 101
    connection.receive_data(answer["bytes"] + (GLUED if opened else b""))
    head = connection.next_event()
    assert isinstance(head, h11.InformationalResponse if opened else h11.Response), head
    body = b""
    while not opened and not isinstance(event := connection.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data), f"{answer['name']}: {event}"
        body += event.data
    fields = [(name.decode(), value.decode()) for name, value in head.headers]
    compare(answer, head.status_code, fields, body)
    if opened:
        assert connection.next_event() is h11.PAUSED and connection.their_state is h11.SWITCHED_PROTOCOL
    assert connection.trailing_data[0] == (GLUED if opened else b""), connection.trailing_data
