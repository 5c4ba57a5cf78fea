"""A self-signed certificate for localhost, made by openssl, in a folder that is removed afterwards."""
import base64
import contextlib
import hashlib
import pathlib
import subprocess
import tempfile


class Pem:
    def __init__(self, folder):
        self.certificate = pathlib.Path(folder) / "certificate.pem"
        self.key = pathlib.Path(folder) / "key.pem"
        # The options of the examples.
        self.options = ["--tls", str(self.certificate), str(self.key)]

    @property
    def key_hash(self):
        """The hash of the public key in the form that Chromium takes."""
        key = run("x509", "-in", self.certificate, "-pubkey", "-noout")
        return base64.b64encode(hashlib.sha256(run("pkey", "-pubin", "-outform", "der", given=key)).digest()).decode()


def run(*words, given=None):
    return subprocess.run(["openssl", *map(str, words)], check=True, input=given, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


@contextlib.contextmanager
def of_localhost():
    with tempfile.TemporaryDirectory() as folder:
        pem = Pem(folder)
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", pem.key, "-out", pem.certificate)
        yield pem
