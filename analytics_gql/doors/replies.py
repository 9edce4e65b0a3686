"""Answers of registered documents: made once, known by their tags, kept while the data stands.

An answer is known by what was asked (document, variables in canonical form, whose rows, media type)
and by the data version of the tables that it is read from. The version is known before anything
is read: a tag that still stands is answered by 304 without a statement, and an answer that is kept
is sent again as the bytes that it was. Answers over tables without a version are kept for their
`maxAge`. Errors and what is partial are neither kept nor tagged.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import orjson

from analytics_gql.cache.reuse import BY_VERSION, Outcome, Reuse
from analytics_gql.cache.room import Room
from analytics_gql.doors.documents import Question
from analytics_gql.doors.encodings import IDENTITY, encode, worth_encoding
from analytics_gql.doors.etag import entity_tag, is_match
from analytics_gql.gql.cache_policy import cache_policy, hint_of_operation
from analytics_gql.gql.execution import Executed, GraphQLEngine
from analytics_gql.gql.planning import tables_read
from analytics_gql.guards.toll import Toll
from analytics_gql.model.caching import CachePolicy, CacheScope
from analytics_gql.model.relation import TableName
from analytics_gql.observe.asked import Used, current_operation, note_cost, note_rows
from analytics_gql.observe.timings import Part, timed
from analytics_gql.persisted.registry import Registered

_KEPT_PLANS = 10_000


@dataclass(eq=False, slots=True)
class Reply:
    """An answer that is kept. `validator` tells it from the answers of other data versions.

    `fresh_until` is when the data's version has to be looked up again, or the answer is too old;
    `made` when the data is last known to have been as the answer has it. Both by the clock.
    """

    question: bytes
    body: bytes
    media_type: str
    validator: str
    version: str | None
    tables: frozenset[TableName]
    policy: CachePolicy
    is_for_all: bool
    used: Used
    made: float
    fresh_until: float
    rows: int = 0
    cost: int = 0
    _encoded: dict[str, bytes] = field(default_factory=dict)

    def tag(self, encoding: str) -> str:
        """Its entity tag in an encoding."""
        return entity_tag(self.question, self.validator, encoding)

    def encoded(self, encoding: str) -> bytes:
        """Its bytes in an encoding; made once."""
        if encoding == IDENTITY or not worth_encoding(self.body):
            return self.body
        found = self._encoded.get(encoding)
        if found is None:
            found = self._encoded[encoding] = encode(self.body, encoding)
        return found


@dataclass(frozen=True, slots=True)
class NotModified:
    """The client has the answer already. `tag` is its own."""

    tag: str
    policy: CachePolicy
    is_for_all: bool


@dataclass(frozen=True, slots=True)
class NotKept:
    """An answer that must not be stored: with errors, or over data that moved meanwhile."""

    body: dict[str, Any]


class Replies:
    """Answers questions of registered documents."""

    def __init__(
        self,
        engine: GraphQLEngine,
        max_bytes: int,
        *,
        has_keys: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._versions = engine.service.versions
        self._has_keys = has_keys
        self._clock = clock
        self._room: Room[Reply] = Room(max_bytes)
        # Of documents that are registered no more nothing is kept.
        self._policies: WeakKeyDictionary[Registered, CachePolicy] = WeakKeyDictionary()
        self._tables: OrderedDict[bytes, frozenset[TableName]] = OrderedDict()
        self.counts: Counter[str] = Counter()
        """How often an answer was `reused`, `made`, `not modified` or `not kept`."""

    async def reply(
        self,
        question: Question,
        media_type: str,
        encoding: str,
        if_none_match: str | None,
        toll: Toll | None = None,
    ) -> Reply | NotModified | NotKept:
        """The answer, kept or new; what is made for it the toll pays.

        Raises OperationError, EngineError, RateLimitedError and QuotaExceededError.
        """
        found = await self._found(question, media_type, encoding, if_none_match, toll)
        if isinstance(found, NotKept):
            self.counts["not kept"] += 1
        elif isinstance(found, NotModified):
            self.counts["not modified"] += 1
            self._engine.uses.count(question.document.used)
        return found

    async def _found(
        self,
        question: Question,
        media_type: str,
        encoding: str,
        if_none_match: str | None,
        toll: Toll | None,
    ) -> Reply | NotModified | NotKept:
        registered = question.registered
        assert registered is not None
        variables = question.canonical_variables()
        if variables is None:  # they cannot be read: the answer says why
            return NotKept((await self._executed(question, BY_VERSION, toll)).told)
        asked = _digest(question, variables, media_type, self._engine.service.model)
        kept = self._room.get(asked)
        if kept is not None and await self._stands(kept):
            self.counts["reused"] += 1
            self._engine.uses.count(kept.used)
            note_rows(kept.rows)
            note_cost(kept.cost)
            return kept
        tables = await self._tables_of(asked, question)
        if tables is None:
            return NotKept((await self._executed(question, BY_VERSION, toll)).told)
        version = await self._version(tables)
        policy, is_for_all = self._policy(registered), self._is_for_all(tables)
        if version is not None and if_none_match is not None:
            tag = entity_tag(asked, version, encoding)
            if is_match(if_none_match, tag):
                return NotModified(tag, policy, is_for_all)
        reuse = Reuse(policy.max_age_s, policy.stale_while_revalidate_s)
        executed = await self._executed(question, reuse, toll)
        body, now = executed.told, time.time()
        made = self._clock() - max((read.age_s(now) for read in executed.readings), default=0.0)
        is_stale = any(read.outcome is Outcome.STALE for read in executed.readings)
        if "errors" in body or (version != await self._version(tables) and not is_stale):
            return NotKept(body)
        if version is None and not policy.max_age_s:
            return NotKept(body)
        with timed(Part.ENCODE):
            content = orjson.dumps(body)
        new = Reply(
            asked,
            content,
            media_type,
            # What is stale is known by nothing that stands: it is revalidated at once.
            version if version is not None and not is_stale else secrets.token_hex(8),
            None if is_stale else version,
            tables,
            policy,
            is_for_all,
            question.document.used,
            made,
            self._fresh_until(version, tables, made, policy),
            current_operation().rows,
            executed.price.requested,
        )
        self.counts["made"] += 1
        # Twice its bytes: it may come to be held in other encodings as well.
        size = 2 * len(new.body) + 1_000
        if is_stale or not self._room.put(asked, new, size, question.caller.tenant):
            new.fresh_until = -math.inf  # nor is it to be remembered
        return new

    async def _stands(self, reply: Reply) -> bool:
        """Whether a kept answer is still good; it is looked up where that is not known."""
        if self._clock() < reply.fresh_until:
            return True
        if reply.version is None or reply.version != await self._version(reply.tables):
            return False
        reply.made = self._clock()
        reply.fresh_until = self._versions.believed_until(reply.tables)
        return True

    async def _version(self, tables: frozenset[TableName]) -> str | None:
        with timed(Part.CACHE):
            return await self._versions.of(tables)

    def _fresh_until(
        self, version: str | None, tables: frozenset[TableName], made: float, policy: CachePolicy
    ) -> float:
        if version is not None:
            return self._versions.believed_until(tables)
        return made + policy.max_age_s

    async def _executed(self, question: Question, reuse: Reuse, toll: Toll | None) -> Executed:
        return await self._engine.executed(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
            reuse=reuse,
            is_registered=True,
            signing=question.signing,
            wants_columns=question.wants_columns,
            toll=toll,
        )

    async def _tables_of(self, asked: bytes, question: Question) -> frozenset[TableName] | None:
        tables = self._tables.get(asked)
        if tables is None:
            tables = await tables_read(
                self._engine,
                question.document,
                question.caller,
                variables=question.variables,
                operation_name=question.operation_name,
            )
            if tables is None:
                return None
            self._tables[asked] = tables
            if len(self._tables) > _KEPT_PLANS:
                self._tables.popitem(last=False)
        return tables

    def _policy(self, registered: Registered) -> CachePolicy:
        """What a document and the model say; read off them once."""
        policy = self._policies.get(registered)
        if policy is None:
            policy = self._policies[registered] = self._read_policy(registered)
        return policy

    def _read_policy(self, registered: Registered) -> CachePolicy:
        document, operation = registered.document, registered.operation
        assert document.ast is not None
        schema, hints = self._engine.schema, self._engine.service.catalog.cache_hints
        policy = cache_policy(document.ast, operation, schema, hints)
        return policy.tightened(hint_of_operation(operation, schema))

    def _is_for_all(self, tables: frozenset[TableName]) -> bool:
        """Whether everybody is given the same answer: no key is asked for, and no tenant's rows."""
        columns = self._engine.service.catalog.tenant_columns
        return not self._has_keys and all(columns[table] is None for table in tables)


def _digest(question: Question, variables: bytes, media_type: str, model: str) -> bytes:
    """What an answer is known by, but for the data version.

    The model is a part of it: of another one the catalog is another, and so is what columns say.
    """
    caller = question.caller
    scope = orjson.dumps(
        [caller.tenant, sorted(caller.roles), caller.tier, question.wants_columns, model]
    )
    parts = (question.document.text.encode(), variables, scope, media_type.encode())
    lengths = b",".join(b"%d" % len(part) for part in parts)
    return hashlib.sha256(b"\0".join((lengths, *parts))).digest()


def cache_control(
    policy: CachePolicy, *, is_shared: bool, expires_in_s: int | None = None, has_tag: bool = True
) -> str:
    """The Cache-Control of an answer (RFC 9111, section 5.2.2).

    `is_shared`: caches that serve several clients may keep it. An answer outlives not the
    signature, or the credential, that it was given to.
    """
    max_age = policy.max_age_s
    stale = policy.stale_while_revalidate_s
    if expires_in_s is not None:
        max_age = min(max_age, expires_in_s)
        stale = min(stale, expires_in_s - max_age)
    is_shared = is_shared and policy.scope is CacheScope.PUBLIC
    who = "public" if is_shared else "private"
    if not max_age:
        return f"{who}, no-cache" if has_tag else "no-store"
    parts = [who, f"max-age={max_age}"]
    if is_shared:
        parts.append(f"s-maxage={max_age}")
    if stale:
        parts.append(f"stale-while-revalidate={stale}")
    return ", ".join(parts)
