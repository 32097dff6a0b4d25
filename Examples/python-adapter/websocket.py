"""A WebSocket for reading market data: as much of RFC 6455 as that takes, over the standard library."""

import base64
import os
import socket
import ssl
import struct
from urllib.parse import urlsplit


class WebSocket:
    def __init__(self, url, timeout=30):
        parts = urlsplit(url)
        is_secure = parts.scheme == "wss"
        self.socket = socket.create_connection((parts.hostname, parts.port or (443 if is_secure else 80)), timeout)
        if is_secure:
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=parts.hostname)
        key = base64.b64encode(os.urandom(16)).decode()
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        self.socket.sendall((
            "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n" % (path, parts.netloc, key)).encode())
        self.unread = b""
        while b"\r\n\r\n" not in self.unread:
            self._receive()
        answer, _, self.unread = self.unread.partition(b"\r\n\r\n")
        if answer.split()[1:2] != [b"101"]:
            raise ConnectionError("no WebSocket: %s" % answer.splitlines()[0].decode(errors="replace"))

    def send(self, text):
        self._send(1, text.encode())

    def _send(self, opcode, payload):
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(byte ^ mask[place & 3] for place, byte in enumerate(payload)))

    def __iter__(self):
        """Text messages, one after the other; it ends with an error, for a stream of prices has no end."""
        message = b""
        while True:
            first, second = self._read(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._read(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._read(8))
            payload = self._read(length)
            opcode = first & 0x0F
            if opcode == 8:
                raise ConnectionError("the other side has closed the connection")
            if opcode == 9:
                self._send(10, payload)
            elif opcode in (0, 1):
                message += payload
                if first & 0x80:
                    yield message.decode()
                    message = b""

    def _read(self, count):
        while len(self.unread) < count:
            self._receive()
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def _receive(self):
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            # A quiet market is no error: whoever is there answers this.
            self._send(9, b"")
            data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the connection is closed")
        self.unread += data
