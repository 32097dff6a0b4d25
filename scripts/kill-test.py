#!/usr/bin/env python3
"""Kills a daemon with SIGKILL at random moments and checks that no alert is lost.

A replay of made-up trades goes to an SQLite database and to an HTTP receiver on loopback, with a state folder. It is killed
--kills times and started again; the last start replays nothing, so what arrives then comes from the journal alone. After
that every alert that the journal ever held has to be at both receivers, each once in the database. A last whole replay has
to bring both to the set of a replay that nobody disturbed.
"""

import argparse
import collections
import http.server
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ids = collections.Counter()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.ids[body["id"]] += 1
        self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def write_trades(path, windows, generator):
    """Two venues that differ in each window of 100 ms."""
    with open(path, "w") as file:
        for number in range(windows * 4):
            time_us = 1_700_000_000_000_000 + number * 25_000
            venue = ("coinbase", "binance")[number % 2]
            price = 60_000 + generator.random() * 10 + (venue == "coinbase") * generator.random() * 50
            file.write(
                '{"venue":"%s","instrument":"BTC-USD","price":"%.2f","size":"0.01","side":"buy","trade_id":"%d",'
                '"event_time_us":%d,"receive_time_us":%d}\n' % (venue, price, number, time_us, time_us)
            )


def configuration(folder, name, trades, port, state):
    document = {
        "sources": [{"type": "replay", "path": trades}],
        "detectors": [
            {
                "name": "btc",
                "type": "spread",
                "instrument": "BTC-USD",
                "venues": ["coinbase", "binance"],
                "window": {"size": "100ms", "out_of_orderness": "0s"},
                "threshold": {"absolute": 0},
            }
        ],
        "sinks": [
            {"type": "sqlite", "path": f"{folder}/{state}.sqlite"},
            {"type": "webhook", "url": f"http://127.0.0.1:{port}/", "batch": {"records": 20}},
        ],
        "state": {"path": f"{folder}/{state}"},
    }
    path = f"{folder}/{name}.json"
    with open(path, "w") as file:
        json.dump(document, file)
    return path


def ids(path, query):
    with sqlite3.connect(path) as database:
        return [row[0] for row in database.execute(query)]


def journaled(folder):
    path = f"{folder}/killed/journal.sqlite"
    if not os.path.exists(path):
        return set()
    return {json.loads(body)["id"] for body in ids(path, "SELECT body FROM alerts")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arbd", required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--windows", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]

    with tempfile.TemporaryDirectory() as folder:
        write_trades(f"{folder}/trades.jsonl", options.windows, generator)
        open(f"{folder}/nothing.jsonl", "w").close()

        def run(name, trades, state):
            path = configuration(folder, name, f"{folder}/{trades}.jsonl", port, state)
            return subprocess.Popen(
                [options.arbd, "--config", path, "--log-level", "error"], stdout=subprocess.DEVNULL
            )

        start = time.monotonic()
        if run("whole", "trades", "whole").wait() != 0:
            return fail("the undisturbed run failed")
        length = time.monotonic() - start
        expected = set(ids(f"{folder}/whole.sqlite", "SELECT id FROM alerts"))
        if set(Receiver.ids) != expected:
            return fail("the undisturbed run: receivers differ")
        print(f"undisturbed: {len(expected)} alerts in {length:.2f} s")

        Receiver.ids.clear()
        known = set()
        partial = 0
        for _ in range(options.kills):
            process = run("killed", "trades", "killed")
            time.sleep(generator.random() * length)
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = journaled(folder)
            partial += 0 < len(found) and not found <= set(Receiver.ids)
            known |= found
        if run("rest", "nothing", "killed").wait() != 0:
            return fail("the run without input failed")
        stored = ids(f"{folder}/killed.sqlite", "SELECT id FROM alerts")
        for name, arrived in [("the database", set(stored)), ("the receiver", set(Receiver.ids))]:
            if known - arrived:
                return fail(f"{len(known - arrived)} journaled alerts never came to {name}")
            if arrived - expected:
                return fail(f"{len(arrived - expected)} alerts at {name} that no undisturbed run has")
        if len(stored) != len(set(stored)):
            return fail("an alert stands in the database twice")
        print(
            f"{options.kills} kills, of which {partial} left alerts undelivered: "
            f"{len(known)} alerts journaled, all delivered; repeated at the receiver: "
            f"{sum(Receiver.ids.values()) - len(Receiver.ids)}"
        )
        if run("whole-after", "trades", "killed").wait() != 0:
            return fail("the last run failed")
        if set(ids(f"{folder}/killed.sqlite", "SELECT id FROM alerts")) != expected or set(Receiver.ids) != expected:
            return fail("after a whole replay the sets differ from the undisturbed run's")
        print("after a whole replay both have the undisturbed run's alerts")
    return 0


def fail(message):
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
