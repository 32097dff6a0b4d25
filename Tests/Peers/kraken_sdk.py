"""python-kraken-sdk: pairs over REST, trades, tickers and books over WebSocket; it holds books against their checksums."""

import asyncio

from kraken.spot import Market, SpotOrderBookClient, SpotWSClient
from sanity import Tally, done, endpoints, fail

rest, socket = endpoints("kraken")
tally = Tally("trades", "quotes", "books")


async def on_message(message):
    if message.get("success") is False:
        fail(f"refused: {message}")
    if message.get("channel") == "trade":
        for trade in message["data"]:
            tally.price("trades", trade["symbol"][:3], trade["price"], trade["qty"])
    elif message.get("channel") == "ticker":
        for ticker in message["data"]:
            tally.quote(
                "quotes", ticker["symbol"][:3], ticker["bid"], ticker["ask"], ticker["bid_qty"], ticker["ask_qty"])


class Books(SpotOrderBookClient):
    WS_URL = socket

    async def on_book_update(self, pair, message):
        book = self.get(pair)
        if not book["valid"]:
            fail(f"the checksum of {pair} differs")
        bids = [(price, size) for price, (size, _) in book["bid"].items()]
        asks = [(price, size) for price, (size, _) in book["ask"].items()]
        if not len(bids) == len(asks) == 25:
            fail(f"a book of {len(bids)} bids and {len(asks)} asks")
        tally.book("books", pair[:3], bids, asks)


async def main():
    market = Market(url=rest)
    if market.get_asset_pairs(pair="BTC/USD")["BTC/USD"]["wsname"] != "XBT/USD":
        fail("BTC/USD is listed under another name")
    client = SpotWSClient(callback=on_message, ws_url=socket, rest_url=rest)
    await client.start()
    await client.subscribe(params={"channel": "trade", "symbol": ["BTC/USD", "ETH/USD"]})
    await client.subscribe(params={"channel": "ticker", "symbol": ["ETH/USD"], "event_trigger": "bbo"})
    books = Books(depth=25)
    # It asks the venue how many digits a pair has.
    books._SpotOrderBookClient__market = market
    await books.start()
    await books.add_book(["BTC/USD"])
    for _ in range(1200):
        if tally.is_full() or client.exception_occur or books.exception_occur:
            break
        await asyncio.sleep(0.05)


async def limited():
    task = asyncio.create_task(main())
    await asyncio.wait([task])
    if task.exception():
        raise task.exception()
    done(tally)


asyncio.run(limited())
