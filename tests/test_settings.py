"""Settings: defaults, bounds and the names of their variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from analytics_gql.settings import Settings

DEFAULTS: dict[str, Any] = {
    "schema_path": None,
    "warehouse": None,
    "host": "127.0.0.1",
    "port": 8000,
    "workers": 1,
    "persisted_queries": None,
    "dashboards": None,
    "persisted_mode": "open",
    "automatic_persisted_queries": False,
    "keys": None,
    "jwt_keys": None,
    "jwt_issuer": None,
    "jwt_audience": None,
    "jwt_tenant_claim": "tenant",
    "jwt_roles_claim": "roles",
    "jwt_tier_claim": "tier",
    "jwt_clock_skew_s": 30.0,
    "jwt_refresh_s": 300.0,
    "jwt_min_refresh_s": 10.0,
    "failed_attempts_per_minute": 30,
    "allow_anonymous": False,
    "local_tenant": "acme",
    "secret": None,
    "signed_url_max_s": 604_800,
    "cache_dir": None,
    "warehouse_connections": 4,
    "tenant_connections": None,
    "max_waiting": 500,
    "queue_timeout_s": 10.0,
    "rls_variable": None,
    "connect_timeout_s": 10.0,
    "statement_timeout_s": 30.0,
    "export_stall_timeout_s": 60.0,
    "drain_delay_s": 0.0,
    "max_body_bytes": 1_000_000,
    "max_batch": 0,
    "max_document_tokens": 5_000,
    "max_header_bytes": 65_536,
    "max_operations": 10,
    "max_aliases": 500,
    "max_directives": 200,
    "max_root_fields": 50,
    "max_list_items": 10_000,
    "introspection": True,
    "introspection_roles": None,
    "tiers": None,
    "document_cache_entries": 1_000,
    "statement_cache_entries": 1_000,
    "kept_pages_bytes": 64_000_000,
    "kept_replies_bytes": 64_000_000,
    "shared_cache": "none",
    "result_cache_bytes": 64_000_000,
    "redis": None,
    "live_period_s": 1.0,
    "live_unversioned_period_s": 10.0,
    "live_notify_channel": None,
    "live_redis_channel": None,
    "live_connections": 100,
    "live_subscriptions": 500,
    "live_init_timeout_s": 15.0,
    "cors_origins": None,
    "server_timing": True,
    "log_level": "info",
    "log_format": "text",
    "access_log": None,
    "slow_statement_ms": 1_000.0,
    "audit_log": None,
    "metrics": True,
    "metrics_token": None,
    "metrics_folder": None,
    "traces": False,
}
OTHERS = {
    "schema_path": ("/s", Path("/s")),
    "warehouse": ("duckdb:///w", "duckdb:///w"),
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "workers": ("2", 2),
    "persisted_queries": ("q", Path("q")),
    "dashboards": ("d", Path("d")),
    "persisted_mode": ("safelist", "safelist"),
    "automatic_persisted_queries": ("true", True),
    "keys": ("k.json", Path("k.json")),
    "jwt_keys": ("https://id.example/jwks", "https://id.example/jwks"),
    "jwt_issuer": ("https://id.example", "https://id.example"),
    "jwt_audience": ("analytics", "analytics"),
    "jwt_tenant_claim": ("org_id", "org_id"),
    "jwt_roles_claim": ("realm_access.roles", "realm_access.roles"),
    "jwt_tier_claim": ("plan", "plan"),
    "jwt_clock_skew_s": ("0", 0.0),
    "jwt_refresh_s": ("60", 60.0),
    "jwt_min_refresh_s": ("1", 1.0),
    "failed_attempts_per_minute": ("5", 5),
    "allow_anonymous": ("true", True),
    "local_tenant": ("dune", "dune"),
    "secret": ("sixteen letters!", SecretStr("sixteen letters!")),
    "signed_url_max_s": ("3600", 3_600),
    "cache_dir": ("/c", Path("/c")),
    "warehouse_connections": ("8", 8),
    "tenant_connections": ("2", 2),
    "max_waiting": ("9", 9),
    "queue_timeout_s": ("0.5", 0.5),
    "rls_variable": ("app.tenant", "app.tenant"),
    "connect_timeout_s": ("0.5", 0.5),
    "statement_timeout_s": ("60", 60.0),
    "export_stall_timeout_s": ("5.5", 5.5),
    "drain_delay_s": ("15", 15.0),
    "max_body_bytes": ("5000", 5_000),
    "max_batch": ("10", 10),
    "max_document_tokens": ("100", 100),
    "max_header_bytes": ("2000", 2_000),
    "max_operations": ("1", 1),
    "max_aliases": ("0", 0),
    "max_directives": ("0", 0),
    "max_root_fields": ("1", 1),
    "max_list_items": ("1", 1),
    "introspection": ("false", False),
    "introspection_roles": ("dev,ops", "dev,ops"),
    "tiers": ('{"1": {"budget": 1}}',) * 2,
    "document_cache_entries": ("1", 1),
    "statement_cache_entries": ("1", 1),
    "kept_pages_bytes": ("0", 0),
    "kept_replies_bytes": ("0", 0),
    "shared_cache": ("vary", "vary"),
    "result_cache_bytes": ("0", 0),
    "redis": ("redis://r:1/2", "redis://r:1/2"),
    "live_period_s": ("0.5", 0.5),
    "live_unversioned_period_s": ("60", 60.0),
    "live_notify_channel": ("changed", "changed"),
    "live_redis_channel": ("changed", "changed"),
    "live_connections": ("1", 1),
    "live_subscriptions": ("2", 2),
    "live_init_timeout_s": ("3", 3.0),
    "cors_origins": ("https://a.example,https://b.example:8443",) * 2,
    "server_timing": ("false", False),
    "log_level": ("debug", "debug"),
    "log_format": ("json", "json"),
    "access_log": ("false", False),
    "slow_statement_ms": ("0", 0.0),
    "audit_log": ("audit.jsonl", "audit.jsonl"),
    "metrics": ("false", False),
    "metrics_token": ("sixteen letters!", SecretStr("sixteen letters!")),
    "metrics_folder": ("/m", Path("/m")),
    "traces": ("true", True),
}


def variable_of(field: str) -> str:
    return "ANALYTICS_GQL_SCHEMA" if field == "schema_path" else f"ANALYTICS_GQL_{field.upper()}"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("ANALYTICS_GQL_"):
            monkeypatch.delenv(name)


def test_defaults_are_these() -> None:
    assert Settings().model_dump() == DEFAULTS


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_a_variable(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = OTHERS[field]
    monkeypatch.setenv(variable_of(field), text)
    assert Settings().model_dump() == DEFAULTS | {field: value}
    # What is handed in stands above the environment; an empty variable is none.
    assert Settings(**{field: DEFAULTS[field]}).model_dump() == DEFAULTS
    monkeypatch.setenv(variable_of(field), "")
    assert Settings().model_dump() == DEFAULTS


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_described(field: str) -> None:
    assert (Settings.model_fields[field].description or "").endswith(".")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", -1),
        ("port", 65_536),
        ("workers", 0),
        ("workers", 65),
        ("local_tenant", ""),
        ("warehouse_connections", 0),
        ("connect_timeout_s", 0),
        ("statement_timeout_s", float("nan")),
        ("max_body_bytes", 10),
        ("max_document_tokens", 1),
        ("document_cache_entries", 0),
        ("result_cache_bytes", -1),
        ("log_level", "INFO"),
        ("persisted_mode", "closed"),
        ("cors_origins", "https://a.example/"),
        ("cors_origins", "https://A.example"),
        ("cors_origins", "https://*.example"),
        ("cors_origins", "a.example"),
        ("cors_origins", "null"),
        ("cors_origins", "*, https://a.example"),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        Settings(**{field: value})


def test_origins_stand_between_commas() -> None:
    assert Settings().allowed_origins == ()
    assert Settings(cors_origins="*").allowed_origins == ("*",)
    settings = Settings(cors_origins=" https://a.example ,http://localhost:5173,")
    assert settings.allowed_origins == ("https://a.example", "http://localhost:5173")


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_files_of_ours_go_where_the_system_wants_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache_folder == tmp_path / "analytics-gql"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().cache_folder == tmp_path / ".cache" / "analytics-gql"
    assert Settings(cache_dir=tmp_path / "here").cache_folder == tmp_path / "here"
