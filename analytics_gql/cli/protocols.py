"""uvicorn's protocols, but that the application is told first when the server stops.

uvicorn itself closes sockets with 1012, and waits for event streams until its patience is over.
Its workers build servers of their own, so what can be put in place of is a protocol, not a server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from analytics_gql.doors.live_desk import STOP

GRACE_S = 2.0
"""How long the application may take to close a socket by itself."""


class StoppingHttp(HttpToolsProtocol):
    """Lets event streams end when the server stops; other answers are finished."""

    def shutdown(self) -> None:
        """See uvicorn.Server.shutdown."""
        _stop(self.app_state)
        super().shutdown()


class StoppingWebSocket(WebSocketsSansIOProtocol):
    """Lets sockets be closed with 1001 when the server stops."""

    def shutdown(self) -> None:
        """See uvicorn.Server.shutdown. Who does not go in time is closed by uvicorn."""
        _stop(self.app_state)
        close = super().shutdown
        self.loop.call_later(GRACE_S, self._close_if_open, close)

    def _close_if_open(self, close: Callable[[], None]) -> None:
        if not self.disconnected:
            close()


def _stop(state: dict[str, Any]) -> None:
    stop: Callable[[], None] | None = state.get(STOP)
    if stop is not None:
        stop()
