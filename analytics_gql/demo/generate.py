"""The statements that fill the demo warehouse, in the order in which they run.

Theory of operation
-------------------
Nothing is random. Whatever looks it comes from `draw(md5(a row's own key), place)`, so a row
depends on its key only: not on threads, machine or clock. md5 rather than DuckDB's hash(), which
may change between releases; and no floating-point function beyond + - * /, since the others may
differ in their last bit between platforms.

1. A shop's yearly total is laid over the days by growth, season and weekday.
2. Each order gets its second, and with it its number: the place in its shop's time.
3. Some orders are a new customer's first, the others go to a customer who has ordered before. A
   running count tells how many there are; so a first order is the earliest by construction.
4. Customer and day decide, by weighted choices (`mix`), how the order looks.
5. Sessions are worked back from the orders that each channel, device and country can expect.
6. A customer's segments are worked back from the one that the customer ended in.
7. Apart from the shops' business: requests to AI models, by workspace, model and how they ended.

Money is counted in whole cents until it is stored.
"""

from __future__ import annotations

from analytics_gql.demo.ai_models import AI_MODEL_ROWS
from analytics_gql.demo.countries import COUNTRIES
from analytics_gql.demo.customers import CUSTOMERS
from analytics_gql.demo.orders import ORDERS, PLACED
from analytics_gql.demo.products import GOODS, PRODUCTS
from analytics_gql.demo.segments import CUSTOMER_SEGMENTS
from analytics_gql.demo.timeline import DAYS, NUMBERED, SLOTS
from analytics_gql.demo.traffic import TRAFFIC
from analytics_gql.demo.usage import CALLS, USAGE_REQUESTS
from analytics_gql.demo.workspaces import WORKSPACE_ROWS

MACROS = """
-- One of the eight numbers 0..65535 in a hash, which is 32 hexadecimal digits.
CREATE TEMP MACRO draw(hash, place) AS ('0x' || substr(hash, 4 * place + 1, 4))::INTEGER;

-- The same as a slot of a weighted choice.
CREATE TEMP MACRO slot_of(hash, place) AS draw(hash, place) % 100;

-- A share below 1 that is small more often than not, for long tails. Its linear part bounds the
-- head: no customer or product is more than 1 / 0.03 times as frequent as the average.
CREATE TEMP MACRO skewed(hash, place) AS
  (draw(hash, place) / 65536e0) * (0.03e0 + 0.97e0 * (draw(hash, place) / 65536e0));

CREATE TEMP MACRO dollars(cents) AS (cents * 0.01)::DECIMAL(12, 2)
"""

ORGANIZATIONS = """
INSERT INTO gold.organizations
SELECT id, name FROM shops ORDER BY id
"""

STATEMENTS = (
    MACROS,
    DAYS,
    SLOTS,
    NUMBERED,
    ORGANIZATIONS,
    COUNTRIES,
    CUSTOMERS,
    CUSTOMER_SEGMENTS,
    GOODS,
    PRODUCTS,
    PLACED,
    ORDERS,
    TRAFFIC,
    AI_MODEL_ROWS,
    WORKSPACE_ROWS,
    CALLS,
    USAGE_REQUESTS,
)
