"""ccxt: markets over REST, trades and best bids and asks over WebSocket, of both venues."""

import asyncio
import sys

import ccxt.pro
from sanity import Tally, done

coinbase_rest, coinbase_socket, binance_rest, binance_socket = sys.argv[1:5]
tally = Tally("binance trades", "binance quotes", "coinbase trades", "coinbase quotes")


def binance():
    exchange = ccxt.pro.binance({"options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}})
    exchange.urls["api"]["public"] = f"{binance_rest}/api/v3"
    exchange.urls["api"]["ws"]["spot"] = f"{binance_socket}/ws"
    return exchange


def coinbase():
    exchange = ccxt.pro.coinbaseexchange()
    exchange.urls["api"] = {"public": coinbase_rest, "private": coinbase_rest, "ws": coinbase_socket}
    return exchange


async def trades(exchange, symbol, kind):
    while not tally.is_full():
        for trade in await exchange.watch_trades(symbol):
            tally.price(kind, symbol[:3], trade["price"], trade["amount"])


async def quotes(watch, symbol, kind):
    while not tally.is_full():
        ticker = await watch()
        ticker = ticker.get(symbol, ticker)
        tally.quote(kind, symbol[:3], ticker["bid"], ticker["ask"])


async def main():
    one, other = binance(), coinbase()
    await asyncio.gather(one.load_markets(), other.load_markets())
    work = asyncio.gather(
        trades(one, "BTC/USDT", "binance trades"),
        quotes(lambda: one.watch_bids_asks(["ETH/USDT"]), "ETH/USDT", "binance quotes"),
        trades(other, "BTC/USD", "coinbase trades"),
        quotes(lambda: other.watch_ticker("ETH/USD"), "ETH/USD", "coinbase quotes"),
    )
    try:
        await asyncio.wait_for(work, 60)
    except asyncio.TimeoutError:
        pass
    await one.close()
    await other.close()


asyncio.run(main())
done(tally)
