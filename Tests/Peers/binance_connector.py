"""Binance's own client: trade, bookTicker and depth streams, raw and combined."""

import json
import time

from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient
from sanity import Tally, done, endpoints, fail

endpoint = endpoints("binance")[1]
tally = Tally("raw trades", "raw quotes", "combined trades", "combined quotes", "changes of books")
updates = []


def take(kind, message):
    if message.get("e") == "trade":
        tally.price(f"{kind} trades", message["s"][:3], message["p"], message["q"])
    elif message.get("e") == "depthUpdate":
        if updates and message["U"] != updates[-1] + 1:
            fail(f"update {message['U']} follows {updates[-1]}")
        updates.append(message["u"])
        for price, _ in message["b"][:1] + message["a"][:1]:
            tally.price("changes of books", message["s"][:3], price, 1)
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
raw.diff_book_depth(symbol="btcusdt", speed=100)
combined = SpotWebsocketStreamClient(stream_url=endpoint, on_message=on_combined, is_combined=True)
combined.subscribe(stream=["ethusdt@trade", "btcusdt@bookTicker"])

deadline = time.monotonic() + 60
while not tally.is_full() and time.monotonic() < deadline:
    time.sleep(0.05)
raw.stop()
combined.stop()
done(tally)
