"""The caller is not who they must be."""

from __future__ import annotations

from analytics_gql.errors.analytics_error import AnalyticsError


class AccessError(AnalyticsError):
    """The credential does not allow it."""


class UnauthenticatedError(AccessError):
    """No credential, or one that stands for nobody; `was_presented` says which."""

    code = "UNAUTHENTICATED"

    def __init__(
        self, message: str, *, hint: str | None = None, was_presented: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.was_presented = was_presented


class CredentialExpiredError(AccessError):
    """A key or token that stood for somebody, and does no more."""

    code = "CREDENTIAL_EXPIRED"


class CredentialsConflictError(AccessError):
    """Two credentials that differ came with one request."""

    code = "CREDENTIALS_CONFLICT"


class TokenKeysUnavailableError(AccessError):
    """The keys that tokens are checked with could not be had yet."""

    code = "TOKEN_KEYS_UNAVAILABLE"


class TenantRequiredError(AccessError):
    """Tenanted data is asked for by a caller that belongs to no tenant."""

    code = "TENANT_REQUIRED"


class TenantInvalidError(AccessError):
    """The caller's tenant cannot be a value of the table's tenant column."""

    code = "TENANT_INVALID"


class ForbiddenError(AccessError):
    """A registered document uses what the caller's roles may not see."""

    code = "FORBIDDEN"


class SignatureInvalidError(AccessError):
    """A URL's signature that this server did not write for it."""

    code = "SIGNATURE_INVALID"


class SignatureExpiredError(AccessError):
    """A signed URL whose time is over."""

    code = "SIGNATURE_EXPIRED"
