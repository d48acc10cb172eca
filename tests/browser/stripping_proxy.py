"""A reverse proxy that takes a prefix off each address before it asks: pages, REST API and WebSocket."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

END = b"\r\n\r\n"


@contextmanager
def stripping_proxy(url: str, prefix: str) -> Iterator[str]:
    """The address below which the proxy shows the server at `url`, until the block ends."""
    # In a thread: that of a test belongs to the browser's event loop.
    loop, proxy = asyncio.new_event_loop(), _Proxy(url, prefix)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    starting = asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result()
    try:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}{prefix}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Proxy:
    def __init__(self, url: str, prefix: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._prefix = prefix

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: its first request, and whatever follows in both directions."""
        try:
            head = await reader.readuntil(END)
            behind, ahead = await asyncio.open_connection(self._host, self._port)
            ahead.write(self._rewrite(head))
            await asyncio.gather(_pump(reader, ahead), _pump(behind, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # somebody went away
        finally:
            writer.close()

    def _rewrite(self, head: bytes) -> bytes:
        """The head as the server is to see it; only a WebSocket's connection is kept."""
        line, *fields = head.removesuffix(END).split(b"\r\n")
        line = line.replace(b" " + self._prefix.encode(), b" ", 1).replace(b"  ", b" / ")
        if not any(field.lower().startswith(b"upgrade:") for field in fields):
            fields = [field for field in fields if not field.lower().startswith(b"connection:")]
            fields.append(b"Connection: close")
        return b"\r\n".join([line, *fields, b"X-Forwarded-Prefix: " + self._prefix.encode()]) + END


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()
    finally:
        writer.close()
