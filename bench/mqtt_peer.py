"""The other end of an MQTT 3.1.1 connection for measure.py: packets made beforehand, so that the publisher costs next to
nothing; a broker that knows one subscriber; a client for a lone event's round trip. Loopback only, QoS 0."""
import socket
import time

HOST = "127.0.0.1"


def with_length(kind, body):
    length, size = bytearray(), len(body)
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | (128 if size else 0))
        if not size:
            return bytes([kind]) + bytes(length) + body


def text(value):
    return len(value).to_bytes(2, "big") + value.encode()


def publish(topic, payload):
    return with_length(0x30, text(topic) + payload.encode())


def readings(topic, count):
    """`count` PUBLISH packets of 37 byte or so, and how many have a temperature above 50."""
    loop = [publish(topic, '{"temperature": %d.%d, "humidity": %d}' % (*divmod(i * 7919 % 1000, 10), i * 31 % 100))
            for i in range(1000)]
    assert count % 1000 == 0
    return b"".join(loop) * (count // 1000), 499 * (count // 1000)


class packet_reader:
    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def next(self):
        """(first byte, body)"""
        while True:
            size, shift = 0, 0
            for at in range(1, min(5, len(self.buffer))):
                size |= (self.buffer[at] & 127) << shift
                shift += 7
                if self.buffer[at] < 128:
                    end = at + 1 + size
                    if len(self.buffer) >= end:
                        kind, body = self.buffer[0], self.buffer[at + 1:end]
                        self.buffer = self.buffer[end:]
                        return kind, body
                    break
            got = self.connection.recv(1 << 16)
            if not got:
                raise ConnectionError("the peer has closed the connection")
            self.buffer += got


def listen():
    server = socket.create_server((HOST, 0))
    return server, server.getsockname()[1]


def serve_one(server, packets):
    """Waits for a subscriber, then sends it everything as fast as it reads. Returns the open connection."""
    connection, _ = server.accept()
    reader = packet_reader(connection)
    while True:
        kind, body = reader.next()
        if kind >> 4 == 1:
            connection.sendall(b"\x20\x02\x00\x00")
        elif kind >> 4 == 8:
            connection.sendall(b"\x90\x03" + body[:2] + b"\x00")
            break
    connection.sendall(packets)
    return connection


def free_port():
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


class client:
    def __init__(self, port, name):
        deadline = time.monotonic() + 10
        while True:
            try:
                self.connection = socket.create_connection((HOST, port))
                break
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = packet_reader(self.connection)
        self.connection.sendall(with_length(0x10, text("MQTT") + b"\x04\x02\x00\x00" + text(name)))
        self.reader.next()

    def subscribe(self, topic):
        self.connection.sendall(with_length(0x82, b"\x00\x01" + text(topic) + b"\x00"))
        self.reader.next()

    def send(self, packets):
        self.connection.sendall(packets)

    def receive(self, timeout_s=None):
        """The payload of the next message."""
        self.connection.settimeout(timeout_s)
        while True:
            kind, body = self.reader.next()
            if kind >> 4 == 3:
                return body[2 + int.from_bytes(body[:2], "big"):]
