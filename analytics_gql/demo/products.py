"""What the shops sell, and for how much."""

from __future__ import annotations

# A product's number names its category (the remainder) and its rank there (the quotient, the most
# sold first), so that an order can choose a category by season and then a rank.
GOODS = """
CREATE TEMP TABLE goods AS
WITH drawn AS (
  SELECT
    shops.id AS org_id,
    rank * 8 + categories.position + 1 AS id,
    rank,
    price_percent,
    categories.*,
    md5(shops.id || ':product:' || (rank * 8 + categories.position)) AS hash
  FROM (SELECT *, unnest(range(products)) AS rank FROM shops) AS shops CROSS JOIN categories
)
SELECT
  org_id, id,
  adjective.list[1 + (rank * 7 + position * 11 + draw(hash, 0) % 2 * 15) % 30] || ' '
    || noun.list[1 + rank % 10] AS product,
  drawn.name AS category,
  refund_permille,
  -- Whole dollars less five cents: 24.95.
  100 * (
    lowest_price + floor((highest_price - lowest_price) * skewed(hash, 1))::BIGINT
  ) * price_percent // 10000 * 100 - 5 AS unit_cents,
  cost_permille - 60 + draw(hash, 2) % 121 AS cost_permille,
  TIMESTAMP '2024-06-01 03:00:00' + to_days(draw(hash, 3) % 750) AS updated_at
FROM drawn
JOIN words AS adjective ON adjective.kind = 'adjective'
JOIN words AS noun ON noun.kind = drawn.name
"""

PRODUCTS = """
INSERT INTO gold.products
SELECT org_id, id, product, category, dollars(unit_cents), updated_at
FROM goods
ORDER BY org_id, id
"""
