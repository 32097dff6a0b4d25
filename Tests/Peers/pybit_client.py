"""Bybit's own client: instruments and a book over REST, trades, best bids and asks and books over WebSocket."""

import time

import pybit.unified_trading
from sanity import Tally, done, endpoints, fail

rest, socket = endpoints("bybit")
tally = Tally("trades", "quotes", "books")

session = pybit.unified_trading.HTTP()
session.endpoint = rest
names = [entry["symbol"] for entry in session.get_instruments_info(category="spot")["result"]["list"]]
if not {"BTCUSDT", "ETHUSDT"} <= set(names):
    fail(f"listed are {names}")
snapshot = session.get_orderbook(category="spot", symbol="BTCUSDT", limit=20)["result"]
if not len(snapshot["b"]) == len(snapshot["a"]) == 20:
    fail(f"a book of {len(snapshot['b'])} bids and {len(snapshot['a'])} asks")


def on_trade(message):
    for trade in message["data"]:
        tally.price("trades", trade["s"][:3], trade["p"], trade["v"])


def on_best(message):
    data = message["data"]
    (bid, bid_size), (ask, ask_size) = data["b"][0], data["a"][0]
    tally.quote("quotes", data["s"][:3], bid, ask, bid_size, ask_size)


def on_book(message):
    data = message["data"]
    if not len(data["b"]) == len(data["a"]) == 50:
        fail(f"a book of {len(data['b'])} bids and {len(data['a'])} asks")
    tally.book("books", data["s"][:3], data["b"], data["a"])


pybit.unified_trading.PUBLIC_WSS = socket + "/v5/public/{CHANNEL_TYPE}"
client = pybit.unified_trading.WebSocket(channel_type="spot", testnet=False)
client.trade_stream(["BTCUSDT", "ETHUSDT"], on_trade)
client.orderbook_stream(1, "BTCUSDT", on_best)
client.orderbook_stream(50, "ETHUSDT", on_book)

deadline = time.monotonic() + 60
while not tally.is_full() and client.is_connected() and time.monotonic() < deadline:
    time.sleep(0.05)
done(tally)
