"""What a caller sees of the model: by their roles a schema of their own, and documents that fit it.

There is one view for all callers who see the same. A name that is hidden from them is none in it:
whatever they write, validation, suggestions, hints and introspection speak of what is there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema

from analytics_gql.access.caller import Caller
from analytics_gql.errors import ForbiddenError
from analytics_gql.gql.document import Document, DocumentStore
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.hidden import hidden_from

KEPT_VIEWS = 64
"""Sets of roles whose schemas are kept, the most recently used ones."""


@dataclass(frozen=True, eq=False)
class View:
    """A schema, the documents that are written for it, and the names of what is in it.

    The catalog is not bound to a warehouse.
    """

    schema: GraphQLSchema
    documents: DocumentStore
    catalog: Catalog

    def fitting(self, document: Document) -> Document:
        """A registered document as those who see this may ask it. Raises ForbiddenError.

        What clients send in its variables is read by this schema, too.
        """
        if document.schema is self.schema:
            return document
        # Whoever registered it may have asked for the schema: that is no name that is hidden.
        own = self.documents.with_introspection(True).prepare(document.text)
        if own.errors and not document.errors:
            # Which name it is would tell that it is there.
            raise ForbiddenError(
                "the document asks for what your roles may not see",
                hint="ask the server's operator for a key with the role that it takes",
            )
        return own

    def without_introspection(self) -> View:
        """The same for those who may not ask for the schema."""
        return replace(self, documents=self.documents.with_introspection(False))


Narrow = Callable[[frozenset[str]], View]
"""Makes the view without some coordinates."""


class Views:
    """The views of one model. `whole` is what those see from whom nothing is hidden.

    With `introspection_roles`, callers who have none of them may not ask for the schema.
    """

    def __init__(
        self, whole: View, narrow: Narrow, introspection_roles: frozenset[str] | None = None
    ) -> None:
        self.whole = whole
        self._narrow = narrow
        self._introspection_roles = introspection_roles
        # Schemas are large and are shared; the views over them that differ in this are not.
        self._closed: WeakKeyDictionary[View, View] = WeakKeyDictionary()
        self._of_roles: OrderedDict[frozenset[str], View] = OrderedDict()
        self._without: dict[frozenset[str], View] = {}

    def of(self, caller: Caller) -> View:
        """What a caller sees."""
        view = self._seen_by(caller)
        roles = self._introspection_roles
        if roles is None or not view.documents.introspection or caller.roles_among(roles):
            return view
        closed = self._closed.get(view)
        if closed is None:
            closed = self._closed[view] = view.without_introspection()
        return closed

    def _seen_by(self, caller: Caller) -> View:
        catalog = self.whole.catalog
        if not catalog.roles:
            return self.whole
        roles = caller.roles_among(catalog.roles)
        view = self._of_roles.get(roles)
        if view is None:
            return self._made(roles)
        self._of_roles.move_to_end(roles)
        return view

    def _made(self, roles: frozenset[str]) -> View:
        """The view of some roles; those that see the same share one."""
        hidden = hidden_from(self.whole.catalog, roles)
        view = self._without.get(hidden) if hidden else self.whole
        if view is None:
            view = self._without[hidden] = self._narrow(hidden)
        self._of_roles[roles] = view
        if len(self._of_roles) > KEPT_VIEWS:
            self._of_roles.popitem(last=False)
            used = set(map(id, self._of_roles.values()))
            self._without = {
                hidden: kept for hidden, kept in self._without.items() if id(kept) in used
            }
        return view
