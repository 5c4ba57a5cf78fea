"""HAProxy in front of a server: translates HTTP/1.1 to HTTP/2 (RFC 8441), or takes TLS off."""
import contextlib
import pathlib
import subprocess
import tempfile

from common import debian_package, free_port, listening, run

CONFIGURATION = """
global
    maxconn 200
defaults
    timeout connect 5s
    timeout client 120s
    timeout server 120s
    timeout tunnel 120s
listen front
    mode {mode}
    bind 127.0.0.1:{port} {bind}
    server back 127.0.0.1:{target} {server}
"""


def to_http2(target):
    """Takes requests of HTTP/1.1, and makes an Upgrade into an extended CONNECT."""
    return in_front_of(target, mode="http", server="proto h2")


@contextlib.contextmanager
def over_tls(target):
    """Takes TLS off, and offers only HTTP/2 in it. The certificate is fresh and self-signed."""
    with tempfile.TemporaryDirectory() as folder:
        files = pathlib.Path(folder)
        openssl = debian_package("openssl", "openssl")
        run(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-keyout", files / "key", "-out", files / "certificate", stderr=subprocess.DEVNULL)
        both = files / "both.pem"
        both.write_text((files / "certificate").read_text() + (files / "key").read_text())
        with in_front_of(target, mode="tcp", bind=f"ssl crt {both} alpn h2") as port:
            yield port


@contextlib.contextmanager
def in_front_of(target, mode, bind="", server=""):
    """Returns the port on which HAProxy listens."""
    program, port = debian_package("haproxy", "haproxy"), free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(CONFIGURATION.format(mode=mode, port=port, bind=bind, target=target, server=server))
        file.flush()
        with listening([program, "-q", "-db", "-f", file.name], port):
            yield port
