"""A network that misbehaves: a proxy in front of a service, which harms some of what passes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

HARMS = ("cut", "slow", "503", "answer lost")
"""`cut` closes the connection before a request arrives, `answer lost` after it was done."""
REQUESTS = (b"GET ", b"PUT ", b"HEAD", b"POST", b"DELE")
SLOW = 0.5
"""Seconds that a slow network adds."""
_UNAVAILABLE = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes bytes between clients and a port of this machine; harms every n-th request, drawn by the seed."""

    def __init__(self, target: int, harm: str, often: float, rng: Random, *, http: bool) -> None:
        self.harmed = 0
        self.port = 0
        self._http = http
        self._target, self._harm, self._often, self._rng = target, harm, often, rng

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Until `over`."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await over.wait()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_target, to_target = await asyncio.open_connection("127.0.0.1", self._target)
        deaf = asyncio.Event()
        back = asyncio.create_task(_answers(from_target, writer, deaf))
        with suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65_536):
                if self._is_harmed(data):
                    if self._harm == "503":
                        writer.write(_UNAVAILABLE)
                        await writer.drain()
                    if self._harm in ("cut", "503"):
                        break
                    if self._harm == "answer lost":
                        deaf.set()
                    else:
                        await asyncio.sleep(SLOW)
                to_target.write(data)
                await to_target.drain()
        back.cancel()
        for stream in (writer, to_target):
            stream.close()

    def _is_harmed(self, data: bytes) -> bool:
        """Of HTTP, requests and not the pieces of their bodies; of all else, any piece."""
        drawn = (data.startswith(REQUESTS) or not self._http) and self._rng.random() < self._often
        self.harmed += drawn
        return drawn


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            if deaf.is_set():
                break
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def harmed(target: int, harm: str, often: float, rng: Random, *, http: bool = True) -> Iterator[Proxy]:
    """A proxy in front of a port, in a thread."""
    proxy, ready, over = Proxy(target, harm, often, rng, http=http), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # which cancels what is left
            runner.run(proxy.serve(ready, over))

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
