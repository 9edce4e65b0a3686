"""A client that `ariadne-codegen` made of the authored documents: `python codegen_client.py URL`.

The package `demo_client` is on the path.
"""

import asyncio
import json
import sys

from demo_client import Client


async def main(url: str) -> None:
    async with Client(url=url) as client:
        finance = await client.finance_metrics(start="2026-06-30", end="2026-06-30")
        top = await client.top_products(
            start="2026-04-01", end="2026-06-30", countries=["DE", "FR"], limit=3
        )
        page = await client.customer_page(id="98", orders=2)
    json.dump(
        [part.model_dump(mode="json", by_alias=True) for part in (finance, top, page)], sys.stdout
    )


asyncio.run(main(sys.argv[1]))
