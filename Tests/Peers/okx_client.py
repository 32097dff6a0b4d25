"""OKX's client of the name python-okx: instruments over REST, trades, best bids and asks and books over WebSocket."""

import asyncio
import json

from okx.PublicData import PublicAPI
from okx.websocket.WsPublicAsync import WsPublicAsync
from sanity import Tally, done, endpoints, fail

rest, socket = endpoints("okx")
tally = Tally("trades", "quotes", "books")
book = {"bids": {}, "asks": {}}
last = None


def take(text):
    message = json.loads(text)
    if "event" in message:
        if message["event"] != "subscribe":
            fail(f"unexpected: {message}")
        return
    channel, base = message["arg"]["channel"], message["arg"]["instId"][:3]
    for data in message["data"]:
        if channel == "trades":
            tally.price("trades", base, data["px"], data["sz"])
        elif channel == "bbo-tbt":
            bid, ask = data["bids"][0], data["asks"][0]
            tally.quote("quotes", base, bid[0], ask[0], bid[1], ask[1])
        else:
            take_book(base, message["action"], data)


def take_book(base, action, data):
    global last
    if action == "update" and data["prevSeqId"] != last:
        fail(f"{data['prevSeqId']} follows {last}")
    last = data["seqId"]
    for side in book:
        for price, size, *_ in data[side]:
            if size == "0":
                del book[side][price]
            else:
                book[side][price] = size
    tally.book("books", base, book["bids"].items(), book["asks"].items())


async def main():
    names = [entry["instId"] for entry in PublicAPI(domain=rest, flag="0").get_instruments("SPOT")["data"]]
    if not {"BTC-USDT", "ETH-USDT"} <= set(names):
        fail(f"listed are {names}")
    client = WsPublicAsync(socket + "/ws/v5/public")
    await client.start()
    streams = [("trades", "BTC-USDT"), ("bbo-tbt", "ETH-USDT"), ("books", "BTC-USDT")]
    await client.subscribe([{"channel": channel, "instId": name} for channel, name in streams], take)
    for _ in range(1200):
        if tally.is_full():
            break
        await asyncio.sleep(0.05)
    await client.stop()


asyncio.run(main())
done(tally)
