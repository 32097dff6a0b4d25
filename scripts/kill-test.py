#!/usr/bin/env python3
"""Kills a daemon with SIGKILL at random moments and checks that no alert is lost.

Replays of made-up trades go to an SQLite database and to an HTTP receiver on loopback, with a state folder. --kills times
one with trades of its own is begun and killed; the last start replays nothing, so what arrives then comes from the journal
alone. After that every alert that the journal ever held has to be at both receivers, each once in the database. At last the
killed replays are run to their ends: both receivers must have what runs that nobody disturbed find in the same trades.
"""

import argparse
import collections
import http.server
import json
import os
import random
import shutil
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


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A daemon that is killed closes in the middle of a request."""


def write_trades(path, segment, windows, generator):
    """Two venues that differ in each window of 100 ms; each segment has a day of its own."""
    with open(path, "w") as file:
        for number in range(windows * 4):
            time_us = 1_700_000_000_000_000 + segment * 86_400_000_000 + number * 25_000
            venue = ("coinbase", "binance")[number % 2]
            price = 60_000 + generator.random() * 10 + (venue == "coinbase") * generator.random() * 50
            file.write(
                '{"venue":"%s","instrument":"BTC-USD","price":"%.2f","size":"0.01","side":"buy","trade_id":"%d",'
                '"event_time_us":%d,"receive_time_us":%d}\n' % (venue, price, number, time_us, time_us)
            )


def configuration(folder, name, trades, port, state):
    document = {
        "sources": [{"type": "replay", "path": trades}],
        "fees": {"coinbase": {"taker_bps": 60}, "binance": {"taker_bps": 10}},
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
    # A copy: who opens the file itself would put it in order, which is for the daemon's next start to do.
    path = f"{folder}/journal-copy.sqlite"
    for end in ["", "-wal", "-shm"]:
        if os.path.exists(path + end):
            os.remove(path + end)
        if os.path.exists(f"{folder}/killed/journal.sqlite{end}"):
            shutil.copy(f"{folder}/killed/journal.sqlite{end}", path + end)
    if not os.path.exists(path):
        return set()
    return {json.loads(body)["id"] for body in ids(path, "SELECT body FROM alerts")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arbd", required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--windows", type=int, default=500, help="alerts of each replay")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generator = random.Random(options.seed)
    server = Server(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]

    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/nothing.jsonl", "w").close()

        def run(trades, state):
            path = configuration(folder, state, f"{folder}/{trades}.jsonl", port, state)
            arguments = [options.arbd, "--config", path, "--log-level", "error"]
            return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def stored(state):
            return ids(f"{folder}/{state}.sqlite", "SELECT id FROM alerts")

        length = 0.0
        for segment in range(options.kills):
            write_trades(f"{folder}/{segment}.jsonl", segment, options.windows, generator)
            start = time.monotonic()
            if run(segment, "whole").wait() != 0:
                return fail("an undisturbed run failed")
            length = max(length, time.monotonic() - start) if segment < 5 else length
        expected = set(stored("whole"))
        if set(Receiver.ids) != expected:
            return fail("undisturbed runs: receivers differ")
        print(f"undisturbed: {options.kills} replays, {len(expected)} alerts, the first in up to {length:.2f} s each")

        Receiver.ids.clear()
        known = set()
        late = 0
        for segment in range(options.kills):
            process = run(segment, "killed")
            time.sleep(generator.random() * length)
            process.send_signal(signal.SIGKILL)
            process.wait()
            found = journaled(folder)
            late += len(found - known - set(Receiver.ids))
            known |= found
        if run("nothing", "killed").wait() != 0:
            return fail("the run without input failed")
        rows = stored("killed")
        for name, arrived in [("the database", set(rows)), ("the receiver", set(Receiver.ids))]:
            if known - arrived:
                return fail(f"{len(known - arrived)} journaled alerts never came to {name}")
            if arrived - expected:
                return fail(f"{len(arrived - expected)} alerts at {name} that no undisturbed run has")
        if len(rows) != len(set(rows)):
            return fail("an alert stands in the database twice")
        repeated = sum(Receiver.ids.values()) - len(Receiver.ids)
        print(
            f"{options.kills} kills: {len(known)} alerts journaled, of which {late} had not reached the receiver; "
            f"all delivered, {repeated} repeated at the receiver, none in the database"
        )
        for segment in range(options.kills):
            if run(segment, "killed").wait() != 0:
                return fail("a run after the kills failed")
        if set(stored("killed")) != expected or set(Receiver.ids) != expected:
            return fail("after the replays' ends the sets differ from the undisturbed runs'")
        print("after the replays' ends both have the undisturbed runs' alerts")
    return 0


def fail(message):
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
