"""Coinbase's own client for Advanced Trade: products over REST, trades, tickers and books over WebSocket."""

import json
import threading

from coinbase.rest import RESTClient
from coinbase.websocket import WSClient
from sanity import Tally, done, endpoints, fail

rest, socket = endpoints("coinbase_advanced")
tally = Tally("trades", "tickers", "books")
full = threading.Event()
heartbeats = 0
book = {"bid": {}, "offer": {}}
last = -1

products = RESTClient(base_url=rest.removeprefix("https://")).get_public_products().products
if not {"BTC-USD", "ETH-USD"} <= {product["product_id"] for product in products}:
    fail(f"listed are {products}")


def on_message(text):
    global last, heartbeats
    message = json.loads(text)
    if message.get("type") == "error":
        fail(f"refused: {message}")
    if message["sequence_num"] != last + 1:
        fail(f"message {message['sequence_num']} follows {last}")
    last = message["sequence_num"]
    heartbeats += message["channel"] == "heartbeats"
    for event in message["events"]:
        take(message["channel"], event)
    if tally.is_full() and heartbeats:
        full.set()


def take(channel, event):
    if channel == "market_trades":
        for trade in event["trades"]:
            tally.price("trades", trade["product_id"][:3], trade["price"], trade["size"])
    elif channel == "ticker":
        for ticker in event["tickers"]:
            tally.quote("tickers", ticker["product_id"][:3], ticker["best_bid"], ticker["best_ask"])
    elif channel == "l2_data":
        for update in event["updates"]:
            side = book[update["side"]]
            if float(update["new_quantity"]) == 0:
                side.pop(update["price_level"], None)
            else:
                side[update["price_level"]] = update["new_quantity"]
        tally.book("books", event["product_id"][:3], book["bid"].items(), book["offer"].items())


client = WSClient(base_url=socket, on_message=on_message)
client.open()
client.heartbeats()
client.market_trades(["BTC-USD", "ETH-USD"])
client.ticker(["ETH-USD"])
client.level2(["BTC-USD"])
if not full.wait(60):
    fail(f"not enough within a minute; {heartbeats} heartbeats, {tally.counts}")
done(tally)
