"""A warehouse that keeps a list of what it was asked."""

from __future__ import annotations

from typing import Any

from analytics_gql.warehouses.warehouse import Warehouse


class CountingWarehouse:
    """The real warehouse, with a list of the statements that it ran."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.statements: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        """Run a statement, and count it."""
        self.statements.append(sql)
        return await self._warehouse.rows(sql, parameters)
