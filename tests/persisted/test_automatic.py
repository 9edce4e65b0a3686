"""Documents that clients register by themselves, in one process and between several."""

from __future__ import annotations

from analytics_gql.persisted.automatic import (
    AutomaticDocuments,
    AutomaticDocumentsInMemory,
    AutomaticDocumentsInStore,
)
from analytics_gql.persisted.registry import sha_256
from analytics_gql.stores.redis import open_redis

TEXT = "{ one }"
DIGEST = sha_256(TEXT)


async def test_the_least_asked_for_are_forgotten_and_bytes_are_bounded() -> None:
    documents: AutomaticDocuments = AutomaticDocumentsInMemory(max_bytes=30)
    for number in range(4):
        await documents.put(str(number), "x" * 10)
    assert await documents.get("0") is None
    assert await documents.get("1") == "x" * 10
    await documents.put("4", "x" * 10)
    assert await documents.get("2") is None
    await documents.put("5", "x" * 31)
    assert await documents.get("5") is None


async def test_what_one_process_registers_another_finds(redis_url: str) -> None:
    stores = [open_redis(redis_url) for _ in range(2)]
    one, other = (AutomaticDocumentsInStore(s, AutomaticDocumentsInMemory()) for s in stores)
    try:
        assert await other.get(DIGEST) is None
        await one.put(DIGEST, TEXT)
        assert await other.get(DIGEST) == TEXT
        await stores[0].put(f"analytics-gql:document:{'0' * 64}", b"{ forged }", ttl_s=60)
        assert await other.get("0" * 64) is None
    finally:
        for store in stores:
            await store.close()


async def test_without_the_store_each_process_goes_on_alone() -> None:
    store = open_redis("redis://127.0.0.1:1/0")
    documents = AutomaticDocumentsInStore(store, AutomaticDocumentsInMemory())
    try:
        assert await documents.get(DIGEST) is None
        await documents.put(DIGEST, TEXT)
        assert await documents.get(DIGEST) == TEXT
    finally:
        await store.close()
