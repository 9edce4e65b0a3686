"""A caller for as long as they are connected: whether their credential still stands for them."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.datastructures import Headers

from analytics_gql.access.caller import Caller
from analytics_gql.doors.admission import Admission
from analytics_gql.errors import CredentialExpiredError, UnauthenticatedError

_AGAIN = "connect again with a key or token that is valid"


class Standing:
    """What was admitted once, and is looked at again before each answer.

    That costs a comparison, as long as neither the keys have changed nor the time is over. A
    signed URL (`is_signed`) has no credential: it stands until its end.
    """

    def __init__(
        self,
        admission: Admission,
        headers: Headers,
        host: str | None,
        caller: Caller,
        client: str,
        *,
        until: float | None,
        generation: object,
        name: str | None = None,
        is_signed: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`generation` is that of the admission from before the credential was looked at.

        `name` is what the credential is called.
        """
        self.caller = caller
        self.name = name
        self.client = client
        self._admission = admission
        self._headers = headers
        self._host = host
        self._until = until
        self._generation = generation
        self._is_signed = is_signed
        self._clock = clock

    async def check(self) -> None:
        """Return if it stands for its caller. Raises AccessError or FailedAttemptsError if not."""
        is_over = self._until is not None and self._clock() >= self._until
        if self._is_signed:
            if is_over:
                raise CredentialExpiredError("the time of this URL is over", hint=_AGAIN)
            return
        generation = self._admission.generation
        if not is_over and generation == self._generation:
            return
        admitted = await self._admission.admit(self._headers, self._host)
        if admitted.caller != self.caller:
            # What is under way was read and priced as the other caller.
            raise UnauthenticatedError(
                "this key stands for another caller now", hint=_AGAIN, was_presented=True
            )
        self._until, self._generation = admitted.until, generation


async def standing_of(admission: Admission, headers: Headers, host: str | None) -> Standing:
    """Let somebody in. Raises what Admission.admit raises."""
    generation = admission.generation
    admitted = await admission.admit(headers, host)
    return Standing(
        admission,
        headers,
        host,
        admitted.caller,
        admitted.client,
        until=admitted.until,
        generation=generation,
        name=admitted.name,
    )
