"""The registered documents, and what finds them."""

from __future__ import annotations

from pathlib import Path

from analytics_gql.compose.access import local_caller
from analytics_gql.compose.model import Model, document_limits, schema_path
from analytics_gql.doors.documents import DocumentDesk
from analytics_gql.errors import SettingsError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.persisted.automatic import (
    AutomaticDocuments,
    AutomaticDocumentsInMemory,
    AutomaticDocumentsInStore,
)
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.loading import load_documents
from analytics_gql.persisted.planning import plan_documents
from analytics_gql.persisted.registry import Registry
from analytics_gql.settings import Settings
from analytics_gql.stores.store import Store


def documents_folder(settings: Settings) -> Path | None:
    """The registered documents: where set, else `persisted_queries` beside the model, if any.

    The packaged ones lie beside the packaged model: they fit no other. Raises SettingsError.
    """
    if settings.persisted_queries is not None:
        if not settings.persisted_queries.is_dir():
            raise SettingsError(
                f"there is no folder {settings.persisted_queries}",
                hint="name the folder of registered documents with --persisted-queries",
            )
        return settings.persisted_queries
    beside = schema_path(settings).parent / "persisted_queries"
    return beside if beside.is_dir() else None


def load_registry(settings: Settings, model: Model) -> Registry:
    """The registered documents, validated. Raises PersistedDocumentsError or SettingsError."""
    folder = documents_folder(settings)
    return Registry() if folder is None else _registry_of(folder, settings, model)


def _registry_of(folder: Path, settings: Settings, model: Model) -> Registry:
    return load_documents(
        folder,
        model.schema,
        model.catalog,
        max_tokens=settings.max_document_tokens,
        limits=document_limits(settings),
    )


def live_registry(model: Model, engine: GraphQLEngine, settings: Settings) -> LiveRegistry:
    """The registered documents, which follow their folder. Raises SettingsError."""
    return LiveRegistry(
        documents_folder(settings),
        lambda folder: _registry_of(folder, settings, model),
        lambda registry: plan_documents(registry, engine, local_caller(settings)),
    )


def documents_of(
    engine: GraphQLEngine, settings: Settings, registry: LiveRegistry, store: Store | None
) -> DocumentDesk:
    """What finds the documents that requests name."""
    automatic: AutomaticDocuments = AutomaticDocumentsInMemory()
    if store is not None:
        automatic = AutomaticDocumentsInStore(store, automatic)
    return DocumentDesk(
        engine.views,
        registry,
        automatic,
        mode=settings.persisted_mode,
        all_may_register=settings.automatic_persisted_queries,
    )
