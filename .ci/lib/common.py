"""Shared by the suites under .ci: a cache directory, pinned tools, free ports, and children that never outlive us."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ws-suites"
CACHE.mkdir(parents=True, exist_ok=True)


def run(*command, **options):
    """Runs a command to its end; its failure ends the suite."""
    return subprocess.run([str(word) for word in command], check=True, **options)


def python_venv(*requirements):
    """A virtual environment with exactly these packages; returns its interpreter."""
    folder = CACHE / ("venv-" + "-".join(requirements).replace("==", "-"))
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements)
        (folder / "ready").touch()
    return python


def node_modules(*packages):
    """A folder whose node_modules holds exactly these packages."""
    folder = CACHE / ("npm-" + "-".join(packages).replace("@", "-"))
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run("npm", "install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, *packages)
        (folder / "ready").touch()
    return folder / "node_modules"


def debian_package(program, package):
    """The path of a program, installed from Debian's packages if it is missing."""
    if not shutil.which(program):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-qq", "update", env=environment, stdout=subprocess.DEVNULL)
        run("apt-get", "-qq", "install", "-y", "--no-install-recommends", package, env=environment, stdout=subprocess.DEVNULL)
    return shutil.which(program)


def example(name):
    """The path of a release build of one of this project's examples."""
    run("cargo", "build", "--quiet", "--release", "--locked", "--example", name, cwd=ROOT)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    return target / "release" / "examples" / name


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, child, seconds=20):
    """Waits until something accepts on this loopback port. An error if the child ends before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise SystemExit(f"{child.args[0]} ended with status {child.returncode} before it listened")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port} after {seconds} s")


@contextlib.contextmanager
def listening(command, port, **options):
    """A server process for the time of a `with` block; asked to end afterwards, and killed if it does not."""
    child = subprocess.Popen([str(word) for word in command], **options)
    try:
        wait_for_port(port, child)
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
