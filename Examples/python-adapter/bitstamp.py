"""Trades of Bitstamp for arbd. With the option "capture" they come from a file in place of the venue.

https://www.bitstamp.net/websocket/v2/
"""

import json

import arbd
from websocket import WebSocket

SIDES = {0: "buy", 1: "sell"}


def main():
    wanted = arbd.begin()
    # Bitstamp's name of an instrument, and ours.
    channels = {"live_trades_" + name.replace("-", "").lower(): name for name in wanted.instruments}
    if "capture" in wanted.options:
        for time, frame in captured(wanted.options["capture"]):
            read(frame, channels, time)
    else:
        for frame in live(wanted.options.get("endpoint", "wss://ws.bitstamp.net"), channels):
            read(frame, channels)


def live(endpoint, channels):
    # What goes wrong here, a connection that is closed too, ends the program with an error, and arbd starts it again.
    connection = WebSocket(endpoint)
    for channel in channels:
        connection.send(json.dumps({"event": "bts:subscribe", "data": {"channel": channel}}))
    return connection


def captured(path):
    """Bitstamp's frames of a capture, each with the time at which it arrived."""
    with open(path) as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["venue"] == "bitstamp" and "frame" in entry:
                yield entry["receive_time_us"], entry["frame"]


def read(frame, channels, receive_time_us=None):
    message = json.loads(frame)
    event, instrument = message.get("event"), channels.get(message.get("channel"))
    if event == "trade" and instrument:
        data = message["data"]
        arbd.trade("bitstamp", instrument, price=data["price_str"], size=data["amount_str"],
                   side=SIDES.get(data["type"], "unknown"), trade_id=data["id"],
                   event_time_us=data["microtimestamp"], receive_time_us=receive_time_us)
    elif event == "bts:error":
        arbd.log(message["data"].get("message", frame), "error")
    elif event == "bts:request_reconnect":
        raise ConnectionError("Bitstamp asks for a new connection")


main()
