"""A real Chromium, and a real server with the built pages.

`apt-get install chromium`, `pip install -e '.[dev]'` (which builds the pages) and `npm ci` in
`analytics_gql/explorer`, then `pytest -m browser`. Pictures are left in the folder that is printed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.cli.test_serve import Server, environment
from tests.conftest import ROOT

FRONT_END = ROOT / "analytics_gql" / "explorer"
PICTURES = Path(
    os.environ.get("ANALYTICS_GQL_TEST_PICTURES") or tempfile.mkdtemp(prefix="agql-pictures-")
)
MEASURED: list[str] = []


@contextmanager
def serving_pages(warehouse: str, *options: str, **variables: str) -> Iterator[Server]:
    """A server of this source tree, whichever one is installed."""
    where = ("--warehouse", warehouse, "--port", "0", *options)
    process = subprocess.Popen(
        [sys.executable, "-m", "analytics_gql", "serve", *where],
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        server = Server(process, [process.stdout.readline().rstrip("\n") for _ in range(6)])
        server.wait_until_it_answers()
        yield server
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def server(demo_path: Path) -> Iterator[str]:
    """The URL of a server of the demo, without keys."""
    with serving_pages(f"duckdb://{demo_path}") as running:
        answered = httpx.get(running.url)
        assert answered.status_code == 200, "build the pages: pip install -e ."
        yield running.url


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = shutil.which("chromium")
    assert executable is not None, "apt-get install chromium"
    async with async_playwright() as playwright:
        # Without its sandbox, which root may not use.
        launched = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"]
        )
        yield launched
        await launched.close()


class Watched:
    """A page, with everything that it should not have done."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.wrongs: list[str] = []
        self.javascript: dict[str, int] = {}
        host = urlsplit(url).netloc
        page.on("pageerror", lambda error: self.wrongs.append(f"error: {error}"))
        page.on("console", self._heard)
        page.on(
            "request",
            lambda request: (
                None
                if urlsplit(request.url).netloc == host
                or request.url.startswith(("data:", "blob:"))
                else self.wrongs.append(f"another host: {request.url}")
            ),
        )

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.wrongs.append(f"{message.type}: {message.text}")

    async def open(self, path: str) -> Page:
        await self.page.goto(self.url + path)
        return self.page

    async def picture(self, name: str, *, full: bool = False) -> None:
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=full)

    async def faults_of_access(self) -> list[str]:
        """What axe-core finds that is serious."""
        axe = (FRONT_END / "node_modules" / "axe-core" / "axe.min.js").read_text()
        await self.page.evaluate(axe)
        found = await self.page.evaluate("axe.run(document).then(({ violations }) => violations)")
        return [
            f"{fault['id']}: {node['html'][:160]} {node['target']}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]


async def watched(context: BrowserContext, url: str) -> Watched:
    return Watched(await context.new_page(), url)


@pytest.fixture
async def opened(browser: Browser, server: str) -> AsyncIterator[Watched]:
    """A new page of a browser that has never been here; it must have done nothing wrong."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    page = await watched(context, server)
    yield page
    await context.close()
    assert page.wrongs == []


def linked(query: str, variables: dict[str, Any] | None = None) -> str:
    """The explorer with a query."""
    fragment = httpx.QueryParams({"query": query, "variables": json.dumps(variables or {})})
    return f"/explorer#{fragment}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what was measured, and where the pictures are."""
    for line in MEASURED:
        terminalreporter.write_line(line)
    if any(PICTURES.glob("*.png")):
        terminalreporter.write_line(f"pictures: {PICTURES}")
