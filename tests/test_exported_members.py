"""The package's public names: those it says, in order, and all of them there."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import analytics_gql


def test_the_public_names_are_these() -> None:
    assert analytics_gql.__all__ == [
        "AnalyticsError",
        "MetricQuery",
        "Settings",
        "__version__",
        "create_app",
    ]
    for name in analytics_gql.__all__:
        assert hasattr(analytics_gql, name)


def test_the_version_is_the_distribution_s() -> None:
    assert analytics_gql.__version__ == version("analytics-gql")


def test_an_import_writes_and_logs_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import analytics_gql"],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")
