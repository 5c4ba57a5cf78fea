"""The chat of examples/cluster, and its broker, as processes that can be stopped, killed and started again."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import urllib.request

from common import ROOT, debian_package, free_port, listening, run, wait_for_port

FOLDER = ROOT / "examples" / "cluster"


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or FOLDER / "target")


def build():
    run("cargo", "build", "--quiet", "--release", "--locked", cwd=FOLDER)


class Process:
    """A server with a fixed port."""

    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([str(word) for word in self.command()], stdout=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.kill()


    def cpu(self):
        """Seconds of CPU time so far."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Redis(Process):
    """Redis, with an append-only file."""

    name = "redis"

    def __init__(self, folder):
        self.folder = folder / "redis"
        self.program = debian_package("redis-server", "redis-server")
        super().__init__()

    @property
    def options(self):
        """The options with which a node finds this broker."""
        return ["--redis", f"redis://127.0.0.1:{self.port}/"]

    @staticmethod
    def place(id):
        """The place of a message in the order of its room."""
        epoch, number = id.split("-")
        return int(epoch), int(number)

    def command(self):
        self.folder.mkdir(exist_ok=True)
        return [self.program, "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, "--save", "", "--appendonly", "yes",
                "--loglevel", "warning"]

    def connections(self):
        """The names of the connections."""
        return [client.get("name") for client in self.clients()]

    def waiting(self):
        """The number of nodes whose reader waits in a blocked read."""
        return sum(client.get("name") == "chat-reader" and "b" in client["flags"] for client in self.clients())

    def clients(self):
        """CLIENT LIST, without the connection that asks."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection, connection.makefile("rwb") as stream:
            stream.write(b"CLIENT LIST TYPE normal\r\n")
            stream.flush()
            text = stream.read(int(stream.readline()[1:])).decode()
        lines = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in text.splitlines()]
        return [client for client in lines if client.get("cmd") != "client|list"]


class Nats(Process):
    """NATS with JetStream, and with its files in a folder."""

    name = "nats"

    def __init__(self, folder):
        self.folder = folder / "nats"
        self.program = debian_package("nats-server", "nats-server")
        self.monitor = free_port()
        super().__init__()

    @property
    def options(self):
        return ["--nats", f"nats://127.0.0.1:{self.port}"]

    @staticmethod
    def place(id):
        return int(id.split("-")[1])

    def command(self):
        # The log in a file, so that an error of the broker can be seen where a test fails.
        return [self.program, "--addr", "127.0.0.1", "--port", self.port, "--jetstream", "--store_dir", self.folder,
                "--http_port", self.monitor, "--log", self.folder.with_suffix(".log")]

    def connections(self):
        return [client.get("name") for client in self.clients()]

    def waiting(self):
        """The number of nodes whose reader follows rooms."""
        return sum(client.get("name") == "chat-reader" and client["subscriptions"] > 1 for client in self.clients())

    def clients(self):
        """The connections, as the broker's monitoring tells."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/connz?subs=1", timeout=5) as answer:
            return json.load(answer)["connections"]


BROKERS = {broker.name: broker for broker in (Redis, Nats)}


class Node(Process):
    def __init__(self, broker, folder, *options):
        self.broker, self.options = broker, options
        super().__init__()

    def command(self):
        return [target() / "release" / "cluster_chat", f"127.0.0.1:{self.port}", "--threads", 2,
                *self.broker.options, *self.options]

    def drain(self):
        """Asks the node to end, and returns its status."""
        self.process.terminate()
        return self.process.wait(30)

    def memory(self):
        """Resident memory in KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    def connections(self):
        """Open connections to the node."""
        local = f":{self.port:04X}"
        rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(local) and row[3] == ESTABLISHED for row in rows)


ESTABLISHED = "01"


@contextlib.contextmanager
def behind(proxy, nodes, folder):
    """Runs HAProxy or nginx with its configuration from the example, but on free ports. Returns the port."""
    port = free_port()
    name, package = {"haproxy": ("haproxy.cfg", "haproxy"), "nginx": ("nginx.conf", "nginx-light")}[proxy]
    text = (FOLDER / name).read_text()
    for written, real in (("8080", port), ("8881", nodes[0].port), ("8882", nodes[1].port)):
        assert text.count(f"127.0.0.1:{written}") == 1, f"{name} has no port {written}"
        text = text.replace(f"127.0.0.1:{written}", f"127.0.0.1:{real}")
    file = folder / name
    file.write_text(text)
    program = debian_package(proxy, package)
    if proxy == "haproxy":
        command = [program, "-q", "-db", "-f", file]
    else:
        command = [program, "-p", folder, "-c", file, "-e", folder / "nginx.log",
                   "-g", f"daemon off; pid {folder}/nginx.pid;"]
    with listening(command, port):
        yield port


@contextlib.contextmanager
def controlled(nodes):
    """Lets a test in another process drain nodes and count their connections, by lines over a socket. Returns its port."""
    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rw") as lines:
            for line in lines:
                word, number = line.split()
                node = nodes[int(number)]
                lines.write(f"{node.drain() if word == 'drain' else node.connections()}\n")
                lines.flush()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
