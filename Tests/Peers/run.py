#!/usr/bin/env python3
"""Runs clients that others wrote against `arbd simulate`; ends with 0 when each got sane trades and quotes.

usage: run.py ARBD BUILD-FOLDER [CLIENT …]; the interpreter that runs this makes the clients' environments.
"""

import json
import os
import pathlib
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
# Each client's script, and whether it wants TLS.
CLIENTS = {
    "binance-connector": ("binance_connector.py", False),
    "pybit": ("pybit_client.py", False),
    "python-kraken-sdk": ("kraken_sdk.py", False),
    "python-okx": ("okx_client.py", True),
    "coinbase-advanced-py": ("coinbase_advanced.py", True),
    "ccxt": ("ccxt_client.py", False),
    "cryptofeed": ("cryptofeed_client.py", True),
}
VENUES = 6


def environment(folder, name):
    """A virtual environment with what the client's requirements pin."""
    requirements = HERE / f"requirements-{name}.txt"
    home = folder / name
    stamp = home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        venv.create(home, clear=True, with_pip=True)
        subprocess.run([home / "bin/pip", "install", "-q", "-r", requirements], check=True)
        stamp.write_text(requirements.read_text())
    return home / "bin/python"


def certificates(folder):
    """A CA of our own and a certificate of it for 127.0.0.1."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=folder, stderr=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "7", "-subj", "/CN=peers test CA",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "7",
            "-extfile", "server.ext", "-out", "server.pem")
    return folder / "ca.pem", ["--tls-certificate", folder / "server.pem", "--tls-key", folder / "server.key"]


class Simulator:
    def __init__(self, arbd, arguments):
        self.process = subprocess.Popen(
            [arbd, "simulate", "--rate", "50", "--quote-rate", "50", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.endpoints = {}
        while len(self.endpoints) < VENUES:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("arbd simulate did not start")
            endpoint = json.loads(line)
            self.endpoints[endpoint["venue"]] = endpoint

    def __enter__(self):
        return self.endpoints

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def run(arbd, folder, name):
    python = environment(folder, name)
    variables = dict(os.environ, NO_PROXY="127.0.0.1")
    arguments = []
    script, wants_tls = CLIENTS[name]
    if wants_tls:
        ca, arguments = certificates(folder)
        variables |= {"SSL_CERT_FILE": str(ca), "REQUESTS_CA_BUNDLE": str(ca)}
    with Simulator(arbd, arguments) as endpoints:
        # The folder's own modules first, and nothing that a client leaves behind.
        command = [python, "-B", HERE / script, json.dumps(endpoints)]
        result = subprocess.run(command, env=variables, cwd=folder, timeout=120)
    print(f"{name}: {'good' if result.returncode == 0 else 'FAILED'}", flush=True)
    return result.returncode == 0


def main():
    arbd, folder, *names = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    results = [run(pathlib.Path(arbd).resolve(), folder, name) for name in names or CLIENTS]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
