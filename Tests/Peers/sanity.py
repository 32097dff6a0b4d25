"""What a client has received so far, and whether that makes sense."""

import json
import os
import sys

WANTED = int(os.environ.get("PEERS_MESSAGES", "50"))

# What the simulator's assets cost at the start; prices move by less than a factor of 1.2 in a short run.
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0}


def endpoints(venue):
    """Where a venue's REST interface and its WebSocket are, as run.py tells."""
    found = json.loads(sys.argv[1])[venue]
    return found["rest"], found["websocket"]


class Tally:
    def __init__(self, *kinds):
        self.counts = dict.fromkeys(kinds, 0)

    def is_full(self):
        return all(count >= WANTED for count in self.counts.values())

    def price(self, kind, base, price, size):
        expected = PRICES[base]
        if not expected / 1.2 < float(price) < expected * 1.2 or not float(size) > 0:
            fail(f"{kind}: {base} at {price}, size {size}")
        self.counts[kind] += 1

    def quote(self, kind, base, bid, ask, bid_size=1, ask_size=1):
        if not 0 < float(bid) < float(ask) or not float(bid_size) > 0 or not float(ask_size) > 0:
            fail(f"{kind}: {base} bid {bid} ({bid_size}), ask {ask} ({ask_size})")
        self.price(kind, base, bid, 1)

    def book(self, kind, base, bids, asks):
        """Levels as pairs of price and size, in whatever order: the best ones have to make sense."""
        bids = sorted(((float(price), float(size)) for price, size in bids), reverse=True)
        asks = sorted((float(price), float(size)) for price, size in asks)
        if not bids or not asks:
            fail(f"{kind}: {base} has {len(bids)} bids and {len(asks)} asks")
        self.quote(kind, base, bids[0][0], asks[0][0], bids[0][1], asks[0][1])

    def report(self):
        print("  " + ", ".join(f"{count} {kind}" for kind, count in self.counts.items()), flush=True)


def fail(text):
    print(f"  not sane: {text}", flush=True)
    # Whatever threads and loops the client has running.
    os._exit(1)


def done(tally):
    tally.report()
    sys.stdout.flush()
    os._exit(0 if tally.is_full() else 1)
