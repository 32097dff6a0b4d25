"""Speaks with arbd over standard input and output. Copy this file; it needs nothing but Python 3.8.

A source prints trades and quotes:

    import arbd
    wanted = arbd.begin()                      # wanted.instruments, wanted.channels, wanted.options
    arbd.trade("bitstamp", "BTC-USD", price="60000.00", size="0.02", side="buy", trade_id="7",
               event_time_us=1700000000123456)

A sink takes batches of records:

    import arbd
    for batch in arbd.batches(arbd.begin()):   # batch.records: dictionaries
        ...                                    # put them where they belong
        batch.delivered()

Standard output belongs to the protocol: use `arbd.log` in place of `print`.
"""

import json
import sys

VERSION = 1


class Request:
    """arbd's first line: what is wanted."""

    def __init__(self, line):
        self.role = line.get("role")
        self.name = line.get("name")
        self.instruments = line.get("instruments", [])
        self.channels = line.get("channels", [])
        self.options = line.get("options") or {}


def begin():
    """Reads arbd's first line and answers it. Call it once, before anything else."""
    line = json.loads(sys.stdin.readline() or "{}")
    if line.get("arbd") != VERSION:
        sys.exit("this program speaks version %d of arbd's protocol; start it from a config of arbd" % VERSION)
    _write({"arbd": VERSION})
    return Request(line)


def log(message, level="notice"):
    """A line for arbd's log. Levels: trace, debug, info, notice, warning, error, critical."""
    print(json.dumps({"level": level, "message": str(message)}), file=sys.stderr, flush=True)


# Sources


def trade(venue, instrument, price, size, side, trade_id, event_time_us, receive_time_us=None):
    """One trade. Prices and sizes are text, so that no digit is lost; `side` is the taker's."""
    record = {"venue": venue, "instrument": instrument, "price": str(price), "size": str(size), "side": side,
              "trade_id": str(trade_id), "event_time_us": int(event_time_us)}
    _write_record(record, receive_time_us)


def quote(venue, instrument, bid, bid_size, ask, ask_size, event_time_us, receive_time_us=None):
    """The best bid and ask; None where there is none."""
    record = {"venue": venue, "instrument": instrument, "bid": bid, "bid_size": bid_size, "ask": ask,
              "ask_size": ask_size, "event_time_us": int(event_time_us)}
    _write_record(record, receive_time_us)


def status(state, instrument=None, reason=None):
    """How a stream is: connecting, live, stale, resynchronising or down. After the last three what it brought no longer
    counts, until its next record. Without an instrument it is about all of them."""
    line = {"status": state}
    if instrument:
        line["instrument"] = instrument
    if reason:
        line["reason"] = reason
    print(json.dumps(line), file=sys.stderr, flush=True)


def _write_record(record, receive_time_us):
    # Where the config says "clock": "arbd", as it does by default, arbd takes the time itself.
    if receive_time_us is not None:
        record["receive_time_us"] = int(receive_time_us)
    _write(record)


def _write(line):
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


# Sinks


class Batch:
    """Records that want one answer. A batch without an answer comes again."""

    def __init__(self, number, records):
        self.number = number
        self.records = records

    def delivered(self):
        """All of it is where it belongs, and would be there after a crash."""
        _write({"batch": self.number})

    def reject(self, places, reason):
        """The records at these places will never be taken; all the others are where they belong."""
        _write({"batch": self.number, "rejected": list(places), "reason": reason})

    def retry(self, reason, after_ms=None):
        """None of it has arrived; it shall come again."""
        line = {"batch": self.number, "retry": reason}
        if after_ms is not None:
            line["after_ms"] = int(after_ms)
        _write(line)

    def stop(self, reason):
        """Nothing can be delivered any more: ends arbd's run."""
        _write({"batch": self.number, "stop": reason})


def batches(_request):
    """Each batch in turn, until arbd ends."""
    records = []
    for text in sys.stdin:
        line = json.loads(text)
        if "batch" in line:
            yield Batch(line["batch"], records)
            records = []
        else:
            records.append(line)
