"""The model to serve: its files, its catalog, and what callers see of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from graphql import GraphQLSchema

from analytics_gql.gql.budget import DocumentLimits
from analytics_gql.gql.document import DocumentStore
from analytics_gql.gql.schema import executable_schema
from analytics_gql.gql.views import View, Views
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.derived_names import derived_coordinates
from analytics_gql.sdl.files import SchemaFile, load_schema
from analytics_gql.sdl.hidden import catalog_without, hidden_from
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.read import query_type_name
from analytics_gql.settings import Settings


def schema_path(settings: Settings) -> Path:
    """The model to serve: as set, else ./schema.graphql, else the packaged demo model."""
    if settings.schema_path is not None:
        return settings.schema_path
    here = Path("schema.graphql")
    return here if here.is_file() else packaged_schema()


def packaged_schema() -> Path:
    """The demo model that comes with the package."""
    installed = Path(str(package_files("analytics_gql"))) / "packaged" / "schema.graphql"
    if installed.is_file():
        return installed
    # An editable install has no copies: the files lie at the top of the source tree.
    return Path(__file__).parents[2] / "schema.graphql"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is in order: what may be asked, and what clients see of it."""

    files: tuple[SchemaFile, ...]
    catalog: Catalog
    schema: GraphQLSchema

    def catalog_without(self, hidden: frozenset[str]) -> Catalog:
        """What may be asked by those from whom some coordinates are hidden."""
        return catalog_without(self.catalog, query_type_name(self.files), hidden)

    def schema_without(self, hidden: frozenset[str]) -> GraphQLSchema:
        """The executable schema that they see."""
        catalog = self.catalog_without(hidden)
        return executable_schema(
            public_sdl(self.files, hidden), query_type_name(self.files), catalog, hidden
        )


def load_model(settings: Settings) -> Model:
    """Read and check the files. Raises ModelError with every fault, or SettingsError."""
    files = load_schema(schema_path(settings))
    catalog = check_model(files)
    schema = executable_schema(public_sdl(files), query_type_name(files), catalog)
    return Model(files, catalog, schema)


def document_limits(settings: Settings) -> DocumentLimits:
    """What documents and lists of variables may have."""
    return DocumentLimits(
        operations=settings.max_operations,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
        root_fields=settings.max_root_fields,
        list_items=settings.max_list_items,
    )


def views_of(model: Model, settings: Settings) -> Views:
    """What callers see of a model, by their roles."""
    documents = DocumentStore(
        model.schema,
        max_tokens=settings.max_document_tokens,
        entries=settings.document_cache_entries,
        derived=derived_coordinates(model.catalog),
        limits=document_limits(settings),
        introspection=settings.introspection,
    )

    def narrow(hidden: frozenset[str]) -> View:
        schema = model.schema_without(hidden)
        return View(schema, documents.over(schema), model.catalog_without(hidden))

    whole = View(model.schema, documents, model.catalog)
    return Views(whole, narrow, settings.roles_that_introspect)


def catalog_for_all(model: Model) -> Catalog:
    """What everybody may know, also those who have not said yet who they are."""
    return model.catalog_without(hidden_from(model.catalog, ()))
