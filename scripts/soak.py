#!/usr/bin/env python3
"""Runs the daemon against simulated venues for a while, with a fault every two seconds.

500 instruments over 10 connections. At the end, with no more faults, every stream has to have data again, and the daemon's
memory has to be within 5 MB of what it was after a tenth of the time. Prints a table; exits with 1 when something is not so.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

BASES = [f"X{number:03d}" for number in range(250)]
SOURCES_PER_VENUE = 5
FAULT_INTERVAL = 2.0
# The longest delay before a new attempt to connect is a minute; then come subscriptions and first trades.
SETTLING = 90.0
# At a trade a second and market, silence for so long is no accident.
RECENT = 20.0
MEMORY_LIMIT_MB = 5.0

FAULTS = [
    "stall 5s one", "stall one", "close 1001 one", "close 1012 one", "drop one", "frame garbage one",
    "frame truncated one", "frame masked one", "frame reserved one", "frame huge one", "frame utf8 one", "frame json one",
    "drip 2s one", "refuse 3s", "status 503 3s", "status 429 3s", "status 403 2s", "wrong-accept 2s", "no-pong 5s",
    "refuse-subscriptions 3s", "ignore-subscriptions 3s", "mute 5s", "skip 20", "wrong-sequence 20", "duplicate 20",
    "reorder 20", "skew 5s 2s", "skew -5s 2s", "burst 1s 20", "drop",
]


def start(command, **options):
    return subprocess.Popen(command, text=True, bufsize=1, **options)


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=soak", "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def configuration(endpoints, certificate):
    """Five sources for each venue, each with a connection of its own."""
    sources = []
    trust = {"ca_file": certificate} if certificate else {}
    part = len(BASES) // SOURCES_PER_VENUE
    for venue, quote, path in [("coinbase", "USD", ""), ("binance", "USDT", "/stream")]:
        for number in range(SOURCES_PER_VENUE):
            bases = BASES[number * part:(number + 1) * part]
            sources.append({
                "type": venue, "name": f"{venue}-{number}", "endpoint": endpoints[venue] + path, "stale_after": "15s",
                "instruments": [f"{base}-{quote}" for base in bases], **trust,
            })
    detectors = [
        {"name": base, "type": "spread", "instrument": f"{base}-USD", "venues": ["coinbase", "binance"],
         "treat_as_equal": [["USD", "USDT"]], "window": {"size": "2s", "out_of_orderness": "1s"}}
        for base in BASES[::10]
    ]
    return {
        "sources": sources, "detectors": detectors, "fees": {"coinbase": {"taker_bps": 60}, "binance": {"taker_bps": 10}},
        "sinks": [{"type": "jsonl", "name": "out", "path": "-", "records": ["trades", "alerts"]}],
    }


class Streams:
    """When each market last had a trade, by this process's clock; read on a thread of its own."""

    def __init__(self, output):
        self.last = {}
        self.trades = 0
        self.alerts = 0
        self.last_alert = 0.0
        self.thread = threading.Thread(target=self.read, args=[output], daemon=True)
        self.thread.start()

    def read(self, output):
        for line in output:
            record = json.loads(line)
            if "trade_id" in record:
                self.trades += 1
                self.last[(record["venue"], record["instrument"])] = time.monotonic()
            else:
                self.alerts += 1
                self.last_alert = time.monotonic()

    def silent(self, seconds):
        """Markets without a trade for so long."""
        markets = [("coinbase", f"{base}-USD") for base in BASES] + [("binance", f"{base}-USDT") for base in BASES]
        limit = time.monotonic() - seconds
        return [f"{venue} {instrument}" for venue, instrument in markets if self.last.get((venue, instrument), 0) < limit]


def soak(arguments, folder):
    listing = {venue: ",".join(f"{base}-{quote}" for base in BASES)
               for venue, quote in [("coinbase", "USD"), ("binance", "USDT")]}
    certificate, key = make_certificate(folder) if arguments.tls else (None, None)
    tls = ["--tls-certificate", certificate, "--tls-key", key] if arguments.tls else []
    simulator = start(
        [arguments.arbd, "simulate", "--rate", "1", "--quote-rate", "0"]
        + [word for venue, markets in listing.items() for word in ["--venue", f"{venue}={markets}"]] + tls,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    endpoints = {}
    while len(endpoints) < 2:
        line = json.loads(simulator.stdout.readline())
        endpoints[line["venue"]] = line["websocket"]
    config, summary, log = (os.path.join(folder, name) for name in ["config.json", "summary.json", "log.txt"])
    with open(config, "w") as file:
        json.dump(configuration(endpoints, certificate), file)
    daemon = None
    try:
        with open(log, "w") as errors:
            daemon = start(
                [arguments.arbd, "--config", config, "--summary", summary, "--log-level", "info"],
                stdout=subprocess.PIPE, stderr=errors, env={**os.environ, "XDG_STATE_HOME": folder})
        streams = Streams(daemon.stdout)
        choose = random.Random(arguments.seed)
        begin = time.monotonic()
        length = arguments.minutes * 60
        memory_at_tenth, highest, injected = None, 0.0, {}
        fault_time = begin + 10
        while time.monotonic() < begin + length and daemon.poll() is None:
            time.sleep(max(0.0, fault_time - time.monotonic()))
            fault_time += FAULT_INTERVAL
            fault = choose.choice(FAULTS)
            simulator.stdin.write(f"fault {choose.choice(['coinbase', 'binance'])} {fault}\n")
            simulator.stdin.flush()
            injected[fault.split()[0]] = injected.get(fault.split()[0], 0) + 1
            memory = resident_mb(daemon.pid)
            highest = max(highest, memory)
            if memory_at_tenth is None and time.monotonic() >= begin + length / 10:
                memory_at_tenth = memory
        settled = time.monotonic() + SETTLING
        while time.monotonic() < settled and daemon.poll() is None:
            time.sleep(0.5)
        if daemon.poll() is not None:
            return fail(f"the daemon ended with {daemon.returncode}", log)
        silent = streams.silent(RECENT)
        memory_at_end = resident_mb(daemon.pid)
        used = processor_seconds(daemon.pid)
        alerts_go_on = time.monotonic() - streams.last_alert < RECENT
        daemon.send_signal(signal.SIGTERM)
        status = daemon.wait(timeout=10)
        streams.thread.join(timeout=10)
        report(arguments, summary, streams, injected, memory_at_tenth, highest, memory_at_end, used, silent)
        growth = memory_at_end - memory_at_tenth
        failures = [
            text for text, isSo in [
                (f"{len(silent)} streams are stuck: {', '.join(silent[:10])}", silent),
                (f"memory grew by {growth:.1f} MB", growth > MEMORY_LIMIT_MB),
                ("there are no alerts any more", not alerts_go_on),
                (f"the daemon ended with {status}", status != 0),
            ] if isSo
        ]
        return fail("; ".join(failures), log) if failures else 0
    finally:
        for process in [daemon, simulator]:
            if process and process.poll() is None:
                process.kill()
                process.wait()


def fail(text, log):
    print(f"failed: {text}", file=sys.stderr)
    with open(log) as file:
        for line in file.readlines()[-40:]:
            sys.stderr.write(line)
    return 1


def report(arguments, summary, streams, injected, memory_at_tenth, highest, memory_at_end, used, silent):
    with open(summary) as file:
        own = json.load(file)["arbd"]
    rows = [
        ("faults for", f"{arguments.minutes:g} min{' over TLS' if arguments.tls else ''}, then {SETTLING:.0f} s without"),
        ("faults", f"{sum(injected.values())} of {len(injected)} kinds"),
        ("trades, alerts", f"{streams.trades:,}, {streams.alerts:,}"),
        ("streams without data in the last 20 s", f"{len(silent)} of {2 * len(BASES)}"),
        ("memory at 10 %, highest, at the end", f"{memory_at_tenth:.1f}, {highest:.1f}, {memory_at_end:.1f} MB"),
        ("processor time", f"{used:.1f} s, {100 * used / own['duration_s']:.1f} % of a core"),
    ]
    for venue, counts in own["venues"].items():
        names = ["connects", "disconnects", "refused", "duplicates", "missing", "recovered", "status_changes"]
        text = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in names)
        rows.append((venue, f"{text}, undecodable {counts['frames']['undecodable']:,}"))
    for name, value in rows:
        print(f"| {name} | {value} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arbd", required=True, help="the daemon")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tls", action="store_true", help="venues over TLS, with a certificate made for the run")
    arguments = parser.parse_args()
    arguments.arbd = os.path.abspath(arguments.arbd)
    with tempfile.TemporaryDirectory(prefix="arbd-soak-") as folder:
        sys.exit(soak(arguments, folder))


main()
