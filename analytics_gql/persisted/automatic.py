"""Documents that clients register by themselves: Apollo's automatic persisted queries."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from contextlib import suppress
from typing import Protocol

from analytics_gql.errors import StoreUnavailableError
from analytics_gql.stores.store import Store

_PREFIX = "analytics-gql:document:"

MAX_BYTES = 16_000_000
"""Bytes of texts that one process keeps: about 16,000 documents of a usual size."""


class AutomaticDocuments(Protocol):
    """Texts by their SHA-256. They may be forgotten at any time: clients send them again."""

    async def get(self, digest: str) -> str | None:
        """The text whose SHA-256 this is, 64 hex digits; None if it is not known."""

    async def put(self, digest: str, text: str) -> None:
        """Keep a text that the digest was checked to be of."""


_KEPT_FOR_S = 7 * 86_400.0
"""Clients send a text again when its hash is not known: a week is for their sake, not for ours."""


class AutomaticDocumentsInStore:
    """Those of all processes of a store, and of this one alone while the store is gone."""

    def __init__(self, store: Store, own: AutomaticDocuments) -> None:
        self._store = store
        self._own = own

    async def get(self, digest: str) -> str | None:
        """See AutomaticDocuments."""
        text = await self._own.get(digest)
        if text is not None:
            return text
        with suppress(StoreUnavailableError):  # the store has told the log
            shared = await self._store.get(_PREFIX + digest)
            # Others may write there; what is no longer the text of its hash is none of ours.
            if shared is not None and hashlib.sha256(shared).hexdigest() == digest:
                text = shared.decode()
                await self._own.put(digest, text)
        return text

    async def put(self, digest: str, text: str) -> None:
        """See AutomaticDocuments."""
        await self._own.put(digest, text)
        with suppress(StoreUnavailableError):
            await self._store.put(_PREFIX + digest, text.encode(), ttl_s=_KEPT_FOR_S)


class AutomaticDocumentsInMemory:
    """Those of one process; the ones that were not asked for longest are forgotten first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def get(self, digest: str) -> str | None:
        """See AutomaticDocuments."""
        text = self._texts.get(digest)
        if text is not None:
            self._texts.move_to_end(digest)
        return text

    async def put(self, digest: str, text: str) -> None:
        """See AutomaticDocuments. One that is larger than all together is not kept."""
        size = len(text.encode())
        if digest in self._texts or size > self._max_bytes:
            return
        self._texts[digest] = text
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, forgotten = self._texts.popitem(last=False)
            self._bytes -= len(forgotten.encode())
