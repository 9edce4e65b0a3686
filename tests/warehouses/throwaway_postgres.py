"""A PostgreSQL server that a test may kill: with a password, on a port of this machine."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.conftest import postgres_binaries, unprivileged_user

PASSWORD = "s3cret/p@ss#w:rd?"


@dataclass(frozen=True)
class ThrowAwayServer:
    """Started and stopped at will."""

    binaries: Path
    folder: Path
    user: str | None
    port: int

    def url(
        self, database: str = "postgres", *, user: str = "postgres", password: str = PASSWORD
    ) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        await asyncio.to_thread(self._pg_ctl, "start", "-l", str(self.folder / "log"))

    async def kill(self) -> None:
        """At once, without a goodbye to its clients."""
        await asyncio.to_thread(self._pg_ctl, "stop", "-m", "immediate")

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            user=self.user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _pg_ctl(self, *arguments: str) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 "
            f"-c unix_socket_directories={self.folder} -c fsync=off -c full_page_writes=off "
            "-c jit=off"
        )
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-o", options, *arguments)


@contextmanager
def throwaway_server() -> Iterator[ThrowAwayServer]:
    """A server that has its data but does not run yet."""
    folder = Path(tempfile.mkdtemp(prefix="agql-pg-"))
    try:
        server = ThrowAwayServer(
            postgres_binaries(folder), folder, unprivileged_user(), free_port()
        )
        password = folder / "password"
        password.write_text(PASSWORD)
        folder.chmod(0o755)
        if server.user is not None:
            shutil.chown(folder, server.user)
            shutil.chown(password, server.user)
        server.run(
            "initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "scram-sha-256",
            "--pwfile", str(password), "--no-sync", "-E", "UTF8", "--locale=C",
        )  # fmt: skip
        yield server
        if (folder / "data" / "postmaster.pid").exists():
            server._pg_ctl("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
