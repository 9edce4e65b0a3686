"""`gql` asks an authored document by its text: `python gql_client.py URL DOCUMENT VARIABLES`."""

import json
import sys
from pathlib import Path

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

url, document, variables = sys.argv[1:]
client = Client(transport=HTTPXTransport(url=url, timeout=30))
query = gql(Path(document).read_text())
query.variable_values = json.loads(variables)
json.dump(client.execute(query), sys.stdout)
