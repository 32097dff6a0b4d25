#!/usr/bin/env python3
"""Measures how long detectors wait for what a socket has, over simulated venues.

From the moment at which a socket is found readable to that at which detectors have seen what was in it: quantiles of
arbd_detection_latency_seconds, as the upper bounds of the histogram's buckets. On a machine with other work --realtime 10
gives daemon and simulator precedence over it (needs root).
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import urllib.request

from certificates import make_certificate

MARKETS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "ETH-BTC", "SOL-BTC", "SOL-ETH"]
WARM_UP = 5.0
PORT = 19464


def configuration(endpoint, certificate):
    return {
        "sources": [{"type": "binance", "endpoint": endpoint + "/stream", "instruments": MARKETS,
                     "channels": ["trades", "quotes"], **({"ca_file": certificate} if certificate else {})}],
        "fees": {"binance": {"taker_bps": 10}},
        "detectors": [{"name": "cycles", "type": "cycle", "venues": ["binance"], "assets": ["USDT", "BTC", "ETH", "SOL"],
                       "max_legs": 4, "input": "quotes", "window": {"size": "1s", "out_of_orderness": "500ms"},
                       "price": "last", "threshold": {"net_bps": 0}}],
        "http": {"listen": f"127.0.0.1:{PORT}"},
        "sinks": [{"type": "jsonl", "name": "alerts", "path": "-", "records": ["alerts"]}],
    }


def counts():
    """How many waits lie below each bound, in seconds, and how many frames there were."""
    below, frames = {}, 0.0
    for line in urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics").read().decode().splitlines():
        if line.startswith("arbd_detection_latency_seconds_bucket"):
            below[float(line.split('le="')[1].split('"')[0])] = int(float(line.split()[-1]))
        elif line.startswith("arbd_frames_total"):
            frames += float(line.split()[-1])
    return below, frames


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(arguments, folder):
    precedence = ["chrt", "-f", str(arguments.realtime)] if arguments.realtime else []
    certificate, key = make_certificate(folder) if arguments.tls else (None, None)
    # Three frames for each trade: itself, a quote, and the quote that it moves.
    rate = str(arguments.rate / len(MARKETS) / 3)
    simulator = subprocess.Popen(
        precedence + [arguments.arbd, "simulate", "--venue", "binance=" + ",".join(MARKETS), "--rate", rate,
                      "--quote-rate", rate]
        + (["--tls-certificate", certificate, "--tls-key", key] if arguments.tls else []),
        stdout=subprocess.PIPE, text=True)
    daemon = None
    try:
        endpoint = json.loads(simulator.stdout.readline())["websocket"]
        config = os.path.join(folder, "config.json")
        with open(config, "w") as file:
            json.dump(configuration(endpoint, certificate), file)
        daemon = subprocess.Popen(
            precedence + [arguments.arbd, "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "XDG_STATE_HOME": folder, "XDG_CACHE_HOME": folder})
        time.sleep(WARM_UP)
        (before, frames_before), begin, used = counts(), time.monotonic(), processor_seconds(daemon.pid)
        time.sleep(arguments.seconds)
        (after, frames), length = counts(), time.monotonic() - begin
        used = processor_seconds(daemon.pid) - used
    finally:
        for process in [daemon, simulator]:
            if process:
                process.kill()
                process.wait()
    waits = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    total = max(waits.values())
    bounds = [min(bound for bound, count in waits.items() if count >= part * total) for part in (0.5, 0.99, 0.999, 1.0)]
    print(f"| {'TLS' if arguments.tls else 'plain'} | {(frames - frames_before) / length:,.0f} | {total:,} | "
          + " | ".join(f"{bound * 1e6:,.0f} µs" for bound in bounds)
          + f" | {100 * used / length:.1f} % | {os.getloadavg()[0]:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arbd", required=True, help="the daemon")
    parser.add_argument("--rate", type=float, default=20_000, help="frames a second, roughly")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--tls", action="store_true", help="with a certificate made for the run")
    parser.add_argument("--realtime", type=int, default=0, help="priority, as of chrt -f")
    arguments = parser.parse_args()
    arguments.arbd = os.path.abspath(arguments.arbd)
    print("| socket | frames a second | waits | half | 99 % | 99.9 % | longest | of a core | load |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="arbd-latency-") as folder:
        measure(arguments, folder)


main()
