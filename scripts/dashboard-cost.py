#!/usr/bin/env python3
"""Measures what the dashboard costs: the processor time of the same run with the sink `console` and with `terminal`.

40 markets of eight venues, trades and quotes in turn, 50,000 a second, replayed in real time; both runs have a terminal of
200 by 60 in tmux, which shows all markets. Runs alternate, and medians are compared, so that a machine's moods concern both.
Prints the difference in percent of a core, and fails when it is above --limit. Then, in the same run, how long a pressed key
takes to show, tmux's own two processes for each look included; fails when the median is above --key-limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

VENUES = ["binance", "bitget", "bybit", "coinbase", "gate", "kraken", "mexc", "okx"]
PRICES = {"BTC": 60000.0, "ETH": 3000.0, "SOL": 140.0, "XRP": 0.52, "DOGE": 0.124}
RATE = 50_000
WARM_UP = 3.0


def write_records(path, seconds):
    """Prices that go up and down by a few ticks, so that every frame has something to draw."""
    markets = [(venue, f"{base}-USDT", price, 5 if price < 1 else 2) for base, price in PRICES.items() for venue in VENUES]
    start = 1_700_000_000_000_000
    with open(path, "w") as file:
        for number in range(int(RATE * seconds)):
            venue, instrument, price, digits = markets[number % len(markets)]
            moved = price * (1 + ((number * 7919) % 2000 - 1000) / 1e6)
            at = start + number * 1_000_000 // RATE
            times = f'"event_time_us":{at - 20_000},"receive_time_us":{at}}}'
            if (number // len(markets)) % 2:
                file.write(f'{{"venue":"{venue}","instrument":"{instrument}","price":"{moved:.{digits}f}","size":"0.5",'
                           f'"side":"buy","trade_id":"{number}",{times}\n')
            else:
                tick = 10 ** -digits
                file.write(f'{{"venue":"{venue}","instrument":"{instrument}","bid":"{moved - tick:.{digits}f}",'
                           f'"bid_size":"1","ask":"{moved + tick:.{digits}f}","ask_size":"1",{times}\n')


def configuration(records, sink):
    detectors = [{"name": base.lower(), "type": "spread", "instrument": f"{base}-USDT", "venues": VENUES,
                  "window": {"size": "1s", "out_of_orderness": "500ms"}, "threshold": {"gross_bps": 1000}}
                 for base in PRICES]
    return {"sources": [{"type": "replay", "path": records, "speed": 1}],
            "fees": {venue: {"taker_bps": 10} for venue in VENUES}, "detectors": detectors, "sinks": [{"type": sink}]}


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def press_keys(tmux, count=20):
    """Milliseconds from a key until the screen shows it: u changes between UTC and local time."""
    def first_line():
        return subprocess.run(tmux + ["capture-pane", "-p", "-E", "0"], check=True, capture_output=True, text=True).stdout

    times = []
    for _ in range(count):
        wanted = "UTC" if "local" in first_line() else "local"
        start = time.monotonic()
        subprocess.run(tmux + ["send-keys", "u"], check=True)
        while wanted not in first_line():
            if time.monotonic() - start > 5:
                sys.exit("a key was not seen within five seconds")
        times.append(1000 * (time.monotonic() - start))
    return times


def measure(arguments, folder, sink, number):
    """Percent of a core, and how long keys took."""
    path = os.path.join(folder, sink + ".json")
    with open(path, "w") as file:
        json.dump(configuration(os.path.join(folder, "records.jsonl"), sink), file)
    tmux = ["tmux", "-S", os.path.join(folder, f"tmux-{sink}-{number}")]
    command = f"exec env LC_ALL=C.UTF-8 TERM=tmux-256color {os.path.abspath(arguments.arbd)} --config {path}"
    subprocess.run(tmux + ["-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "60", command], check=True)
    try:
        pid = int(subprocess.run(tmux + ["display-message", "-p", "#{pane_pid}"], check=True, capture_output=True).stdout)
        time.sleep(WARM_UP)
        before, start = processor_seconds(pid), time.monotonic()
        time.sleep(arguments.seconds)
        after, end = processor_seconds(pid), time.monotonic()
        screen = subprocess.run(tmux + ["capture-pane", "-p"], check=True, capture_output=True, text=True).stdout
        if arguments.show:
            print(screen)
        expected = "events/s"
        if expected not in screen:
            sys.exit(f"the screen of {sink} is not as expected:\n{screen}")
        keys = press_keys(tmux) if sink == "terminal" else []
        return 100 * (after - before) / (end - start), keys
    finally:
        subprocess.run(tmux + ["kill-server"], check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arbd", default=".build/release/arbd")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=3.0, help="percent of a core")
    parser.add_argument("--key-limit", type=float, default=50.0, help="milliseconds")
    parser.add_argument("--show", action="store_true", help="print the screens at the end of each run")
    arguments = parser.parse_args()
    shares = {"console": [], "terminal": []}
    keys = []
    with tempfile.TemporaryDirectory() as folder:
        write_records(os.path.join(folder, "records.jsonl"), WARM_UP + arguments.seconds + 8)
        for number in range(arguments.rounds):
            for sink in shares:
                share, times = measure(arguments, folder, sink, number)
                shares[sink].append(share)
                keys += times
    console, terminal = (statistics.median(shares[sink]) for sink in ("console", "terminal"))
    for sink, values in shares.items():
        print(f"{sink:9} {', '.join(f'{value:.1f}' for value in values)} % of a core at {RATE:,} events/s")
    print(f"the dashboard adds {terminal - console:.1f} % of a core; {arguments.limit:g} % are allowed")
    key = statistics.median(keys)
    print(f"a key shows after {key:.0f} ms (median of {len(keys)}; the slowest {max(keys):.0f} ms)")
    sys.exit(0 if terminal - console <= arguments.limit and key <= arguments.key_limit else 1)


if __name__ == "__main__":
    main()
