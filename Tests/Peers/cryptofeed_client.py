"""cryptofeed: symbols over REST, trades and tickers over WebSocket, of both venues, over TLS with a CA of our own."""

import asyncio
import threading
import time

from cryptofeed import FeedHandler
from cryptofeed.connection import RestEndpoint, Routes, WebsocketEndpoint
from cryptofeed.defines import TICKER, TRADES
from cryptofeed.exchanges import Binance, Coinbase
from sanity import Tally, done, endpoints

coinbase_rest, coinbase_socket = endpoints("coinbase")
binance_rest, binance_socket = endpoints("binance")
tally = Tally("BINANCE trades", "BINANCE quotes", "COINBASE trades", "COINBASE quotes")

Coinbase.websocket_endpoints = [WebsocketEndpoint(coinbase_socket, options={"compression": None})]
Coinbase.rest_endpoints = [RestEndpoint(coinbase_rest, routes=Routes("/products"))]
Binance.websocket_endpoints = [WebsocketEndpoint(binance_socket)]
Binance.rest_endpoints = [RestEndpoint(binance_rest, routes=Routes("/api/v3/exchangeInfo"))]


async def on_trade(trade, _):
    tally.price(f"{trade.exchange} trades", trade.symbol[:3], trade.price, trade.amount)


async def on_ticker(ticker, _):
    tally.quote(f"{ticker.exchange} quotes", ticker.symbol[:3], ticker.bid, ticker.ask)


def wait():
    deadline = time.monotonic() + 60
    while not tally.is_full() and time.monotonic() < deadline:
        time.sleep(0.05)
    done(tally)


threading.Thread(target=wait, daemon=True).start()
callbacks = {TRADES: on_trade, TICKER: on_ticker}
handler = FeedHandler()
# It sets uvloop's policy, which in newer versions makes no loop by itself.
asyncio.set_event_loop(asyncio.new_event_loop())
handler.add_feed(Coinbase(symbols=["BTC-USD", "ETH-USD"], channels=[TRADES, TICKER], callbacks=callbacks))
handler.add_feed(Binance(symbols=["BTC-USDT", "ETH-USDT"], channels=[TRADES, TICKER], callbacks=callbacks))
handler.run()
