#!/usr/bin/env python3
"""Writes Configs/quickstart.capture.jsonl: one minute of SYNTHETIC market data.

No venue sent any of it: prices are a random walk with a fixed seed, made by this project. Only the shapes are real,
those of the venues' documentation (Coinbase Exchange: channels matches and heartbeat; Binance spot: streams trade and
bookTicker), and the lines are those of arbd's capture format. The same script always writes the same bytes.

What the minute holds, in seconds from its start:
   5-10   Coinbase about 70 USD above Binance
  20-25   Coinbase about 90 USD below Binance
  22      ETH-BTC at Binance 14 bps too cheap for a second: a triangle
  30-35   Coinbase about 490 USD above Binance: more than the fees take
  45-55   Coinbase about 115, then about 60 USD above Binance
  48      ETH-BTC at Binance 13 bps too cheap for a second: a triangle
Nothing that a detector should speak of happens in between.

usage: make-quickstart-capture.py OUTPUT
"""

import json
import math
import random
import sys
from datetime import datetime, timezone

START_US = int(datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()) * 1_000_000
LENGTH = 60.0  # seconds
STEP = 0.05  # seconds between the points of the random walk

# (second, USD): how far Coinbase stands above Binance; straight lines between the points.
COINBASE_OFFSET = [
    (0, 6), (4.6, 11), (5.4, 68), (7.0, 78), (9.0, 74), (9.7, 60), (10.2, 14), (15, -9),
    (19.6, -8), (20.5, -88), (22, -102), (24.3, -96), (25.2, -16), (26, -5),
    (29.9, 7), (30.4, 440), (31.2, 505), (33.8, 495), (34.6, 445), (35.1, 60), (35.8, 9), (40, -12),
    (44.6, 7), (45.4, 102), (47.5, 126), (49.4, 118), (50.2, 70), (52, 62), (54.4, 60), (55.1, 20), (56, 8), (60, 4),
]
# (from second, to second, bps): how much too cheap ETH-BTC is at Binance.
CHEAP_ETHBTC = [(22.08, 22.95, 14), (48.08, 48.95, 13)]

TRADES_PER_SECOND = {
    ("coinbase", "BTC-USD"): 2.2,
    ("coinbase", "ETH-USD"): 1.2,
    ("binance", "BTCUSDT"): 2.9,
    ("binance", "ETHUSDT"): 1.8,
    ("binance", "ETHBTC"): 1.1,
}
TYPICAL_SIZE = {"BTC": 0.012, "ETH": 0.22}


class Dice(random.Random):
    """Draws from random() alone, whose sequence for a seed Python promises never to change."""

    def between(self, low, high):
        return low + (high - low) * self.random()

    def whole(self, low, high):
        return low + int((high - low + 1) * self.random())

    def normal(self):
        return sum(self.random() for _ in range(12)) - 6

    def wait(self, rate):
        return -math.log(1 - self.random()) / rate

    def order_id(self):
        digits = [f"{self.whole(0, 15):x}" for _ in range(32)]
        digits[12], digits[16] = "4", "89ab"[self.whole(0, 3)]
        text = "".join(digits)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


dice = Dice(2026)


def random_walks():
    """The fair prices of BTC and ETH in USD, every STEP seconds. ETH follows BTC and wanders a little besides."""
    btc, eth = [60_050.0], [2_450.0]
    for _ in range(int(LENGTH / STEP) + 1):
        move = 0.9e-5 * dice.normal() + (60_050 / btc[-1] - 1) * 0.004
        btc.append(btc[-1] * (1 + move))
        eth.append(eth[-1] * (1 + 0.8 * move + 0.5e-5 * dice.normal()))
    return btc, eth


BTC, ETH = random_walks()


def along(points, second):
    for (t0, y0), (t1, y1) in zip(points, points[1:]):
        if t0 <= second <= t1:
            return y0 + (y1 - y0) * (second - t0) / (t1 - t0)
    return points[-1][1]


def walk(values, second):
    place = second / STEP
    index = int(place)
    return values[index] + (values[index + 1] - values[index]) * (place - index)


def fair_price(market, second):
    btc, eth = walk(BTC, second), walk(ETH, second)
    if market == "BTC-USD":
        return btc + along(COINBASE_OFFSET, second)
    if market == "ETHBTC":
        cheap = sum(bps for start, end, bps in CHEAP_ETHBTC if start <= second < end)
        return eth / btc * (1 - cheap / 1e4)
    return btc if market.startswith("BTC") else eth


def arrivals(rate):
    """Random seconds of the minute, `rate` to the second on average."""
    second = 0.15 + dice.wait(rate)
    while second < LENGTH - 0.05:
        yield second
        second += dice.wait(rate)


def random_size(market):
    return TYPICAL_SIZE[market[:3]] * math.exp(0.9 * dice.normal())


def coinbase_time(second):
    seconds, microseconds = divmod(START_US + round(second * 1e6), 1_000_000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{microseconds:06d}Z"


class CoinbaseProduct:
    """One product of the `matches` and `heartbeat` channels."""

    def __init__(self, product, trade_id, sequence):
        self.product, self.trade_id, self.sequence = product, trade_id, sequence

    def match(self, second, kind="match"):
        self.sequence += dice.whole(3, 90)  # shared with channels that nobody asked for, so it jumps
        now = max(second, 0.0)
        rising = fair_price(self.product, min(now + 0.3, LENGTH)) - fair_price(self.product, now)
        taker_buys = dice.random() < (0.85 if rising > 15 else 0.15 if rising < -15 else 0.5)
        price = round(fair_price(self.product, now), 2) + (0.01 if taker_buys else 0)
        size = f"{max(random_size(self.product), 1e-8):.8f}".rstrip("0")
        frame = {
            "type": kind,
            "trade_id": self.trade_id,
            "maker_order_id": dice.order_id(),
            "taker_order_id": dice.order_id(),
            "side": "sell" if taker_buys else "buy",  # the maker's side
            "size": size,
            "price": f"{price:.2f}",
            "product_id": self.product,
            "sequence": self.sequence,
            "time": coinbase_time(second),
        }
        self.trade_id += 1
        return frame

    def heartbeat(self, second):
        self.sequence += dice.whole(0, 40)
        return {
            "type": "heartbeat",
            "sequence": self.sequence,
            "last_trade_id": self.trade_id - 1,
            "product_id": self.product,
            "time": coinbase_time(second),
        }


class BinanceSymbol:
    """One symbol of the `trade` and `bookTicker` streams: trades meet the best bid or ask last shown."""

    def __init__(self, symbol, tick, size_digits, trade_id, update_id):
        self.symbol, self.tick, self.size_digits = symbol, tick, size_digits
        self.trade_id, self.update_id = trade_id, update_id
        self.requote(0.1)

    def requote(self, second):
        self.update_id += dice.whole(1, 60)
        self.bid = math.floor(fair_price(self.symbol, second) / self.tick)  # in ticks, as is the ask
        self.ask = self.bid + 1
        self.bid_size, self.ask_size = (self.rounded(dice.between(3, 90) * TYPICAL_SIZE[self.symbol[:3]]) for _ in "ba")

    def rounded(self, size):
        unit = 10**-self.size_digits
        return max(round(size / unit), 1) * unit

    def trade(self, second):
        seller_is_taker = dice.random() < 0.5
        price, available = (self.bid, self.bid_size) if seller_is_taker else (self.ask, self.ask_size)
        at_ms = START_US // 1000 + int(second * 1000)
        frame = {
            "e": "trade",
            "E": at_ms + dice.whole(0, 1),
            "s": self.symbol,
            "t": self.trade_id,
            "p": f"{price * self.tick:.8f}",
            "q": f"{min(self.rounded(random_size(self.symbol)), available):.8f}",
            "T": at_ms,
            "m": seller_is_taker,
            "M": True,
        }
        self.trade_id += 1
        return {"stream": f"{self.symbol.lower()}@trade", "data": frame}

    def book_ticker(self, second):
        self.requote(second)
        frame = {
            "u": self.update_id,
            "s": self.symbol,
            "b": f"{self.bid * self.tick:.8f}",
            "B": f"{self.bid_size:.8f}",
            "a": f"{self.ask * self.tick:.8f}",
            "A": f"{self.ask_size:.8f}",
        }
        return {"stream": f"{self.symbol.lower()}@bookTicker", "data": frame}


def coinbase_frames():
    """(second, frame) in the order in which the venue sends them."""
    products = [
        CoinbaseProduct("BTC-USD", 734_118_205, 96_310_442_118),
        CoinbaseProduct("ETH-USD", 602_447_931, 71_905_883_640),
    ]
    names = [product.product for product in products]
    channels = [{"name": name, "product_ids": names} for name in ("matches", "heartbeat")]
    yield 0.082, {"type": "subscriptions", "channels": channels}
    for product in products:
        # The venue repeats the latest trade: its own time lies before the connection.
        yield 0.083, product.match(-dice.between(0.1, 0.6), kind="last_match")

    agenda = []
    for index, product in enumerate(products):
        agenda += [(second, product.match) for second in arrivals(TRADES_PER_SECOND["coinbase", product.product])]
        agenda += [(0.55 + 0.2 * index + beat, product.heartbeat) for beat in range(int(LENGTH))]
    for second, make in sorted(agenda, key=lambda item: item[0]):
        yield second, make(second)


def binance_frames():
    """(second, frame) in the order in which the venue sends them."""
    symbols = [
        BinanceSymbol("BTCUSDT", 0.01, 5, 4_512_345_001, 61_400_900_217),
        BinanceSymbol("ETHUSDT", 0.01, 4, 2_233_517_420, 48_170_264_903),
        BinanceSymbol("ETHBTC", 0.00001, 4, 498_120_776, 9_015_377_402),
    ]
    yield 0.094, {"result": None, "id": 1}

    agenda = []
    for symbol in symbols:
        agenda.append((dice.between(0.1, 0.15), symbol.book_ticker))
        for second in arrivals(TRADES_PER_SECOND["binance", symbol.symbol]):
            # A trade takes from the book, so the book's new state follows it.
            agenda += [(second, symbol.trade), (second + 0.0004, symbol.book_ticker)]
    ethbtc = symbols[2]
    for start, end, _ in CHEAP_ETHBTC:
        agenda += [(start, ethbtc.book_ticker), (end, ethbtc.book_ticker)]
        for share in (0.15, 0.5, 0.9):
            second = start + share * (end - start)
            agenda += [(second, ethbtc.trade), (second + 0.0004, ethbtc.book_ticker)]
    for second, make in sorted(agenda, key=lambda item: item[0]):
        yield second, make(second)


def received(venue, connected_at, frames):
    """The lines of one connection: frames keep their order, each is 5 to 80 ms under way."""
    last = START_US + round(connected_at * 1e6)
    yield {"receive_time_us": last, "venue": venue, "connection": 0, "event": "connected"}
    usual = 0.012
    for second, frame in frames:
        usual = min(max(usual + 0.003 * dice.normal(), 0.005), 0.045)
        delay = min(usual + dice.wait(200), 0.080)
        last = max(last + dice.whole(12, 60), START_US + round((second + delay) * 1e6))
        text = json.dumps(frame, separators=(",", ":"))
        yield {"receive_time_us": last, "venue": venue, "connection": 0, "frame": text}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make-quickstart-capture.py OUTPUT")
    lines = list(received("coinbase", 0.031, coinbase_frames())) + list(received("binance", 0.047, binance_frames()))
    lines.sort(key=lambda line: line["receive_time_us"])
    with open(sys.argv[1], "w", encoding="utf-8", newline="\n") as output:
        for line in lines:
            output.write(json.dumps(line, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
