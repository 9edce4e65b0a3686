"""What stops the start: settings, and files that people wrote."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_gql.errors.analytics_error import AnalyticsError


class SettingsError(AnalyticsError):
    """A setting that cannot stand; the server does not start."""

    code = "SETTINGS"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a model: where, what, and how to mend it. Lines count from 1."""

    file: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message} – {self.hint}"


class FaultsError(AnalyticsError):
    """Everything that is wrong with files that people wrote, in their order."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ModelError(FaultsError):
    """What is wrong with a model."""

    code = "MODEL"


class PersistedDocumentsError(FaultsError):
    """What is wrong with registered documents."""

    code = "PERSISTED_DOCUMENTS"


class DashboardsError(FaultsError):
    """What is wrong with dashboards."""

    code = "DASHBOARDS"
