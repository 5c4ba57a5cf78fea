"""Sets up the Autobahn test suite: Python 2.7 code, so an interpreter is found, or unpacked from Debian 11's packages."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from common import CACHE, run

SUITE = "autobahntestsuite==25.10.1"
HERE = pathlib.Path(__file__).resolve().parent
VENV = CACHE / "autobahn-py27"
UNPACKED = CACHE / "python27"
CHECK = "import sys, ssl, ctypes, zlib; sys.exit(sys.version_info[:2] != (2, 7))"
DEBS = ["python2.7", "python2.7-minimal", "libpython2.7-minimal", "libpython2.7-stdlib", "libpython2.7-dev", "libssl1.1", "libffi7"]


def wstest():
    """The command that starts wstest, with its listening sockets on loopback. Sets it up if it is missing."""
    command = [str(VENV / "bin" / "python"), str(HERE / "wstest_loopback.py")]
    if not answers(command):
        shutil.rmtree(VENV, ignore_errors=True)
        set_up()
        if not answers(command):
            raise SystemExit("the Autobahn test suite could not be set up")
    return command


def environment():
    """Debian 11's libraries, where the interpreter is the unpacked one."""
    libraries = UNPACKED / "usr/lib/x86_64-linux-gnu"
    return {**os.environ, "LD_LIBRARY_PATH": str(libraries)} if (VENV / "unpacked").exists() else dict(os.environ)


def answers(command):
    try:
        return subprocess.run([*command, "-a"], env=environment(), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def set_up():
    python = find_python27()
    unpacked = python is None
    if unpacked:
        python = unpack_python27()
    with tempfile.TemporaryDirectory() as boot:
        run(sys.executable, "-m", "venv", boot)
        run(f"{boot}/bin/pip", "install", "-q", "--disable-pip-version-check", "virtualenv==20.21.1")
        run(f"{boot}/bin/virtualenv", "-q", "-p", python, VENV)
    if unpacked:
        (VENV / "unpacked").touch()
    headers = f"{UNPACKED}/usr/include/python2.7:{UNPACKED}/usr/include"
    run(VENV / "bin/pip", "install", "-q", "-c", HERE / "autobahn-constraints.txt", SUITE,
        env={**environment(), "C_INCLUDE_PATH": headers}, stderr=subprocess.DEVNULL)


def find_python27():
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    candidates = [os.environ.get("PYTHON27"), *sorted(pyenv.glob("versions/2.7.*/bin/python")), shutil.which("python2.7")]
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", CHECK], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def unpack_python27():
    """Debian 12 has no Python 2.7, Debian 11 has: its packages, from the mirror that apt uses, beside the system's own."""
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)"],
                             capture_output=True, check=True, text=True).stdout
    mirror = next(line.split()[0] for line in targets.splitlines() if line.endswith(" main"))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "lists/partial").mkdir(parents=True)
        (work / "archives/partial").mkdir(parents=True)
        keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        (work / "sources.list").write_text(f"deb [signed-by={keys}] {mirror} bullseye main\n")
        options = {"Dir::Etc::sourcelist": work / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
                   "Dir::State::lists": work / "lists", "Dir::Cache::archives": work / "archives",
                   "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "APT::Sandbox::User": "root"}
        apt = ["apt-get", "-qq", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
        run(*apt, "update", cwd=work)
        run(*apt, "download", *DEBS, cwd=work)
        for package in work.glob("*.deb"):
            run("dpkg", "-x", package, UNPACKED)
    start = UNPACKED / "python2.7"
    start.write_text(f"#!/bin/sh\nPYTHONHOME='{UNPACKED}/usr' LD_LIBRARY_PATH='{UNPACKED}/usr/lib/x86_64-linux-gnu' "
                     f"exec '{UNPACKED}/usr/bin/python2.7' \"$@\"\n")
    start.chmod(0o755)
    return start
