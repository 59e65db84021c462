"""Kafka, emulated by the mock cluster inside librdkafka: `python -m devstack.kafka PORT`.

The mock takes a port of its own choice; who connects to PORT is passed on to it, and hears its real address there.
It keeps nothing: a restart empties it, and so does SIGHUP. Each topic is made by its first message, with PARTITIONS
partitions. It knows neither transactions nor retention, and a partition forgets its oldest messages after 5 MB.
"""

import asyncio
import contextlib
import signal
import sys

from confluent_kafka import Producer

PARTITIONS = 4
"""As many as librdkafka gives each topic."""


class Broker:
    """A mock cluster of one broker; it lives as long as its producer."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start anew, with nothing in it."""
        self._producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
        [broker] = self._producer.list_topics(timeout=10).brokers.values()
        self.port = int(broker.port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one client's connection on."""
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def main(port: int) -> None:
    """Serve until SIGTERM."""
    broker, ended = Broker(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, broker.begin)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await asyncio.start_server(broker.serve, "127.0.0.1", port)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
