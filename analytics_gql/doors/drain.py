"""Stopping without losing requests: first it is told, then nothing new is taken, then it ends.

How it works. uvicorn, told to stop by SIGTERM, closes its listener within a tenth of a second, ends
connections as they become idle, and waits for answers that are being made. A load balancer learns
of it from `/readyz`, which says 503 from the signal on; until its next look it goes on to send
requests, which would be refused. So the signal may be kept from uvicorn for a while.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Drain:
    """Whether this process has been told to stop."""

    def __init__(self) -> None:
        self.has_begun = False

    @contextmanager
    def following(self, delay_s: float) -> Iterator[None]:
        """Notice SIGTERM until the block ends; the server's own handler is told `delay_s` later.

        A second signal is told at once. Where no server handles the signal nothing is done.
        """
        told = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(told):
            yield
            return
        loop = asyncio.get_running_loop()

        def handle(number: int, frame: FrameType | None) -> None:
            is_first, self.has_begun = not self.has_begun, True
            if is_first and delay_s:
                # Between two steps of anything, the loop's own included.
                loop.call_soon_threadsafe(loop.call_later, delay_s, told, number, frame)
            else:
                told(number, frame)

        signal.signal(signal.SIGTERM, handle)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGTERM) is handle:
                signal.signal(signal.SIGTERM, told)
