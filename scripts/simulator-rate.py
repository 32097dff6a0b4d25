#!/usr/bin/env python3
"""How many frames `arbd simulate` sends to one client, in each second of its own CPU time; plain text, no TLS.

usage: simulator-rate.py ARBD
"""

import json
import os
import socket
import subprocess
import sys
import time

SECONDS = 5
# What is counted, its venue, where its WebSocket is, what is asked for, and a part of each frame.
STREAMS = [
    ("Binance trades", "binance=BTC-USDT", "/ws/btcusdt@trade", "", b'"e":"trade"'),
    ("Bybit orderbook.1", "bybit=BTC-USDT", "/v5/public/spot",
     '{"op":"subscribe","args":["orderbook.1.BTCUSDT"]}', b'"topic"'),
    ("Coinbase level2", "coinbase=BTC-USD", "/",
     '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2"],"signature":"c2ln","key":"k",'
     '"passphrase":"p","timestamp":"0"}', b'"l2update"'),
    ("Kraken book of 100", "kraken=BTC-USD", "/v2",
     '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":100}}', b'"channel":"book"'),
]


def frame(text):
    """A masked text frame."""
    mask, payload = b"\1\2\3\4", text.encode()
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def measure(arbd, venue, target, request, token):
    rates = ["--rate", "1000000", "--quote-rate", "0"]
    with subprocess.Popen([arbd, "simulate", "--venue", venue, *rates], stdout=subprocess.PIPE) as process:
        port = int(json.loads(process.stdout.readline())["websocket"].rsplit(":", 1)[1])

        def cpu():
            fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(
                f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
            client.recv(4096)
            if request:
                client.sendall(frame(request))
            count, rest, start, used = 0, b"", time.monotonic(), cpu()
            while time.monotonic() < start + SECONDS:
                data = client.recv(1 << 20)
                if not data:
                    break
                count += (rest + data).count(token)
                rest = data[1 - len(token):]
            used = cpu() - used
        process.terminate()
    return count / used


for name, *stream in STREAMS:
    print(f"{name}: {measure(sys.argv[1], *stream):,.0f} frames a second of CPU", flush=True)
