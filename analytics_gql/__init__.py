"""analytics-gql: a GraphQL-first self-serve analytics server.

`schema.graphql` says what a team's metrics and dimensions mean; the server turns a selection of
them into one SQL statement whose rows leave the warehouse as JSON.
"""

from analytics_gql.app import create_app
from analytics_gql.errors import AnalyticsError
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.settings import Settings

__version__ = "0.1.0"

__all__ = ["AnalyticsError", "MetricQuery", "Settings", "__version__", "create_app"]
