#!/usr/bin/env python3
"""What sinks that do not work cost the feed, and what they cost in memory.

Replays a made-up day of trades of two venues as fast as it can, with a journal; alerts go to a file, which tells when the
core is done. First in turn without a sink and with one that hangs: a webhook whose server takes requests and never answers,
and a pipe for trades that is read against one that nobody reads. Then once with every other sink down, looking at the memory
after half of the day and at its end. Ends with 1 when a hanging sink costs more than 5 % in medians, or memory grows by more
than 10 MB in the second half.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

LIMIT_SHARE, LIMIT_GROWTH = 0.05, 10 << 20
DAY = 86_400


def write_day(path, trades):
    """One window of a second holds a handful of trades; every second one differs between the venues."""
    step = DAY * 1_000_000 // trades
    with open(path, "w") as file:
        for number in range(trades):
            time_us = 1_700_000_000_000_000 + number * step
            venue = ("coinbase", "binance")[number % 2]
            price = 60_000 + number * 7 % 13 + (60 if venue == "coinbase" and time_us // 1_000_000 % 2 else 0)
            file.write(
                '{"venue":"%s","instrument":"BTC-USD","price":"%d.00","size":"0.01","side":"buy","trade_id":"%d",'
                '"event_time_us":%d,"receive_time_us":%d}\n' % (venue, price, number, time_us, time_us))


class SilentServer:
    """Takes connections and what is sent over them, and answers nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        connections = []
        while True:
            connection, _ = self.listener.accept()
            connections.append(connection)


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Daemon:
    def __init__(self, arbd, folder, day, sinks):
        self.alerts = f"{folder}/alerts.jsonl"
        document = {
            "sources": [{"type": "replay", "path": day, "speed": "max"}],
            "fees": {"coinbase": {"taker_bps": 0}, "binance": {"taker_bps": 0}},
            "detectors": [{
                "name": "btc", "type": "spread", "instrument": "BTC-USD", "venues": ["coinbase", "binance"],
                "window": {"size": "1s", "out_of_orderness": "0ms"}, "threshold": {"absolute": 30}}],
            "state": {"path": f"{folder}/state"},
            "sinks": [{"type": "jsonl", "name": "file", "path": self.alerts}] + sinks,
        }
        path = f"{folder}/config.json"
        with open(path, "w") as file:
            json.dump(document, file)
        self.errors = open(f"{folder}/errors.txt", "w")
        self.size, self.found = 0, 0
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            [arbd, "--config", path, "--log-level", "error"], stdout=subprocess.DEVNULL, stderr=self.errors)

    def wait_for_alerts(self, count, limit=300):
        """Seconds until the file holds so many alerts."""
        while self.found < count:
            if time.monotonic() - self.start > limit or self.process.poll() not in (None, 0):
                raise SystemExit(f"{self.found} of {count} alerts came; see {self.errors.name}")
            time.sleep(0.002)
            if os.path.exists(self.alerts) and os.path.getsize(self.alerts) > self.size:
                with open(self.alerts, "rb") as file:
                    file.seek(self.size)
                    new = file.read()
                self.size, self.found = self.size + len(new), self.found + new.count(b"\n")
        return time.monotonic() - self.start

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.errors.close()


def measure(arbd, day, sinks, alerts):
    with tempfile.TemporaryDirectory() as folder:
        readers = []
        sinks = [dict(sink) for sink in sinks]
        for sink in sinks:
            if "reads" in sink:
                pipe = f"{folder}/pipe"
                os.mkfifo(pipe)
                sink["path"] = pipe
                if sink.pop("reads"):
                    readers.append(subprocess.Popen(["cat", pipe], stdout=subprocess.DEVNULL))
        daemon = Daemon(arbd, folder, day, sinks)
        try:
            return daemon.wait_for_alerts(alerts)
        finally:
            daemon.kill()
            for reader in readers:
                reader.kill()
                reader.wait()


def compare(name, arbd, day, alerts, rounds, well, hanging):
    pairs = []
    for number in range(rounds):
        order = [well, hanging] if number % 2 == 0 else [hanging, well]
        times = {id(sinks): measure(arbd, day, sinks, alerts) for sinks in order}
        pairs.append((times[id(well)], times[id(hanging)]))
    well, hanging = (statistics.median(column) for column in zip(*pairs))
    share = hanging / well - 1
    print(f"{name}: {well:.2f} s without, {hanging:.2f} s with the hang: {share:+.1%} (medians of {rounds})")
    return share <= LIMIT_SHARE


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--arbd", default=".build/release/arbd")
    parser.add_argument("--trades", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    arbd = os.path.abspath(arguments.arbd)
    alerts = DAY // 2
    silent = SilentServer()
    with tempfile.TemporaryDirectory() as folder:
        day = f"{folder}/day.jsonl"
        write_day(day, arguments.trades)
        hook = {"type": "webhook", "url": f"http://127.0.0.1:{silent.port}/", "startup": "retry"}
        pipe = {"type": "jsonl", "name": "pipe", "records": ["trades"], "queue": {"when_full": "drop_oldest"}}
        good = compare("alerts, webhook", arbd, day, alerts, arguments.rounds, [], [hook])
        good &= compare(
            "trades, pipe", arbd, day, alerts, arguments.rounds, [pipe | {"reads": True}], [pipe | {"reads": False}])

        dead = unused_port()
        everything = ["alerts", "trades"]
        down = [
            hook, hook | {"name": "dead", "url": f"http://127.0.0.1:{dead}/"},
            {"type": "kafka", "brokers": f"127.0.0.1:{dead}", "records": everything, "startup": "retry",
             "queue": {"when_full": "drop_oldest"}},
            {"type": "sqlite", "path": f"{folder}/missing/a.sqlite", "records": everything, "startup": "retry",
             "queue": {"when_full": "drop_newest"}},
        ]
        daemon = Daemon(arbd, folder, day, down)
        try:
            daemon.wait_for_alerts(alerts // 2)
            half = daemon.resident()
            daemon.wait_for_alerts(alerts)
            end = daemon.resident()
        finally:
            daemon.kill()
        print(f"every sink down for a day: {half / 1e6:.1f} MB after half of it, {end / 1e6:.1f} MB at its end")
        good &= end - half <= LIMIT_GROWTH
    sys.exit(0 if good else 1)


main()
