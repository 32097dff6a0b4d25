"""Binance's own client: trade and bookTicker streams, raw and combined."""

import json
import sys
import time

from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient
from sanity import Tally, done, fail

endpoint = sys.argv[1]
tally = Tally("raw trades", "raw quotes", "combined trades", "combined quotes")


def take(kind, message):
    if message.get("e") == "trade":
        tally.price(f"{kind} trades", message["s"][:3], message["p"], message["q"])
    elif "u" in message:
        tally.quote(f"{kind} quotes", message["s"][:3], message["b"], message["a"], message["B"], message["A"])
    elif message.get("result", "") is not None:
        fail(f"unexpected: {message}")


def on_raw(_, text):
    take("raw", json.loads(text))


def on_combined(_, text):
    message = json.loads(text)
    take("combined", message.get("data", message))


raw = SpotWebsocketStreamClient(stream_url=endpoint, on_message=on_raw)
raw.trade(symbol="btcusdt")
raw.book_ticker(symbol="ethusdt")
combined = SpotWebsocketStreamClient(stream_url=endpoint, on_message=on_combined, is_combined=True)
combined.subscribe(stream=["ethusdt@trade", "btcusdt@bookTicker"])

deadline = time.monotonic() + 60
while not tally.is_full() and time.monotonic() < deadline:
    time.sleep(0.05)
raw.stop()
combined.stop()
done(tally)
