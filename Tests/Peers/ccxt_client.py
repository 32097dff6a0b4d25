"""ccxt: markets over REST, trades, best bids and asks and books over WebSocket, of all venues."""

import asyncio

import ccxt.pro
from sanity import Tally, done, endpoints, fail

VENUES = ["binance", "coinbase", "coinbase_advanced", "kraken", "okx", "bybit"]
tally = Tally(*(f"{venue} {kind}" for venue in VENUES for kind in ("trades", "quotes", "books")))


def make(venue):
    """A client of the venue, and what it calls dollars there."""
    rest, socket = endpoints(venue)
    if venue == "binance":
        exchange = ccxt.pro.binance({"options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}})
        exchange.urls["api"]["public"] = f"{rest}/api/v3"
        exchange.urls["api"]["ws"]["spot"] = f"{socket}/ws"
        return exchange, "USDT"
    if venue == "coinbase":
        # Its books are those of level2, which want a key; the simulator takes any.
        key = {"apiKey": "key", "secret": "c2VjcmV0", "password": "passphrase"}
        exchange = ccxt.pro.coinbaseexchange(key)
        exchange.urls["api"] = {"public": rest, "private": rest, "ws": socket}
        return exchange, "USD"
    if venue == "coinbase_advanced":
        exchange = ccxt.pro.coinbase({"has": {"fetchCurrencies": False}})
        exchange.urls["api"] |= {"rest": rest, "ws": socket}
        return exchange, "USD"
    if venue == "kraken":
        exchange = ccxt.pro.kraken()
        exchange.urls["api"] |= {"public": rest, "private": rest}
        exchange.urls["api"]["ws"] |= {"public": socket, "publicV2": f"{socket}/v2"}
        return exchange, "USD"
    if venue == "okx":
        exchange = ccxt.pro.okx({"options": {"fetchMarkets": {"types": ["spot"]}}})
        exchange.urls["api"] |= {"rest": rest, "ws": f"{socket}/ws/v5"}
        return exchange, "USDT"
    exchange = ccxt.pro.bybit({"options": {"fetchMarkets": {"types": ["spot"]}}})
    exchange.urls["api"] |= {name: rest for name in ("spot", "futures", "v2", "public", "private")}
    exchange.urls["api"]["ws"]["public"]["spot"] = f"{socket}/v5/public/spot"
    return exchange, "USDT"


async def trades(exchange, symbol, kind):
    while not tally.is_full():
        for trade in await exchange.watch_trades(symbol):
            tally.price(kind, symbol[:3], trade["price"], trade["amount"])


async def quotes(watch, symbol, kind):
    while not tally.is_full():
        ticker = await watch()
        ticker = ticker.get(symbol, ticker)
        tally.quote(kind, symbol[:3], ticker["bid"], ticker["ask"])


async def books(exchange, symbol, kind):
    while not tally.is_full():
        book = await exchange.watch_order_book(symbol)
        tally.book(kind, symbol[:3], [level[:2] for level in book["bids"]], [level[:2] for level in book["asks"]])


async def follow(venue):
    exchange, dollar = make(venue)
    try:
        markets = await exchange.load_markets()
        one, other = f"BTC/{dollar}", f"ETH/{dollar}"
        if not {one, other} <= set(markets):
            fail(f"{venue} lists {list(markets)}")
        # Coinbase's tickers are those of trades.
        watch = (
            (lambda: exchange.watch_ticker(other))
            if venue.startswith("coinbase")
            else (lambda: exchange.watch_bids_asks([other]))
        )
        await asyncio.gather(
            trades(exchange, one, f"{venue} trades"),
            quotes(watch, other, f"{venue} quotes"),
            books(exchange, one, f"{venue} books"),
        )
    finally:
        await exchange.close()


async def main():
    try:
        await asyncio.wait_for(asyncio.gather(*(follow(venue) for venue in VENUES)), 90)
    except asyncio.TimeoutError:
        pass


asyncio.run(main())
done(tally)
