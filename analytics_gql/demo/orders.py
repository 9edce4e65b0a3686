"""What an order is like, once its second and its customer are known."""

from __future__ import annotations

# Who, where and how: what hangs together with the customer.
PLACED = """
CREATE TEMP TABLE placed AS
WITH drawn AS (
  SELECT
    *,
    buyer + (buyer - 1) // 8 AS customer_id,
    md5(org_id || ':order:' || id) AS hash
  FROM numbered
)
SELECT
  drawn.org_id, drawn.id, drawn.customer_id, drawn.ordered_at, drawn.is_first_order,
  customer.segment,
  CASE
    WHEN draw(hash, 0) % 1000 < 10 THEN NULL
    WHEN draw(hash, 0) % 1000 < 40 THEN elsewhere.value
    ELSE customer.country
  END AS country,
  CASE WHEN draw(hash, 2) % 1000 >= 4 THEN payment.value END AS payment_method,
  channel.value AS channel,
  device.value AS device_type,
  quantity.value::INTEGER AS quantity
FROM drawn
JOIN gold.customers AS customer
  ON customer.org_id = drawn.org_id AND customer.id = drawn.customer_id
JOIN mix AS elsewhere
  ON elsewhere.topic = 'country' AND elsewhere.key = drawn.org_id
  AND elsewhere.slot = slot_of(hash, 1)
JOIN mix AS payment
  ON payment.topic = 'payment'
  AND payment.key = CASE
    WHEN customer.segment = 'enterprise' THEN 'enterprise'
    ELSE customer.country
  END
  AND payment.slot = slot_of(hash, 3)
JOIN mix AS channel
  ON channel.topic = 'channel'
  AND channel.key = CASE WHEN drawn.is_first_order THEN 'first' ELSE 'repeat' END
  AND channel.slot = slot_of(hash, 4)
JOIN mix AS device
  ON device.topic = 'device' AND device.key = channel.value
  AND device.slot = slot_of(hash, 5)
JOIN mix AS quantity
  ON quantity.topic = 'quantity' AND quantity.key = customer.segment
  AND quantity.slot = slot_of(hash, 6)
"""

# What and for how much. Goods that come back are partly sold again, so a refund lowers the cost
# too. A refund after the last day has not happened yet: the latest weeks have fewer, as in life.
ORDERS = """
INSERT INTO gold.orders
WITH drawn AS (
  SELECT *, md5(org_id || ':basket:' || id) AS hash FROM placed
),
priced AS (
  SELECT
    drawn.*,
    goods.id AS product_id,
    goods.unit_cents * quantity AS gross,
    goods.unit_cents * goods.cost_permille // 1000 * quantity AS goods_cost,
    goods.refund_permille,
    discount.value::INTEGER AS discount_percent
  FROM drawn
  JOIN shops ON shops.id = drawn.org_id
  JOIN mix AS category
    ON category.topic = 'category' AND category.key = month(ordered_at)::VARCHAR
    AND category.slot = slot_of(hash, 0)
  JOIN categories ON categories.name = category.value
  JOIN goods
    ON goods.org_id = drawn.org_id
    AND goods.id = 8 * floor(shops.products * skewed(hash, 1))::BIGINT + categories.position + 1
  JOIN mix AS discount
    ON discount.topic = 'discount'
    AND discount.key = CASE
      WHEN strftime(ordered_at, '%m%d') BETWEEN '1120' AND '1202' THEN 'sale'
      WHEN strftime(ordered_at, '%m%d') BETWEEN '0702' AND '0713' THEN 'sale'
      WHEN is_first_order THEN 'first'
      WHEN channel = 'email' THEN 'newsletter'
      ELSE 'usual'
    END
    AND discount.slot = slot_of(hash, 2)
),
discounted AS (
  SELECT *, gross * discount_percent // 100 AS discount FROM priced
),
returned AS (
  SELECT
    *,
    CASE
      WHEN draw(hash, 3) % 1000 >= refund_permille THEN NULL
      WHEN ordered_at::DATE + 2 + draw(hash, 4) % 21 > DATE '2026-06-30' THEN NULL
      ELSE ordered_at::DATE + 2 + draw(hash, 4) % 21
    END AS refunded_on,
    slot_of(hash, 5) < 65 AS is_refunded_whole
  FROM discounted
),
refunded AS (
  SELECT
    *,
    CASE
      WHEN refunded_on IS NULL THEN 0
      WHEN is_refunded_whole THEN gross - discount
      ELSE (gross - discount) // 2
    END AS refund,
    CASE
      WHEN refunded_on IS NULL THEN goods_cost
      WHEN is_refunded_whole THEN goods_cost * 25 // 100
      ELSE goods_cost * 60 // 100
    END AS final_cost
  FROM returned
)
SELECT
  org_id,
  id,
  customer_id,
  product_id,
  ordered_at,
  country,
  payment_method,
  channel,
  device_type,
  quantity,
  dollars(gross) AS gross_amount,
  dollars(discount) AS discount_amount,
  dollars(refund) AS refund_amount,
  dollars(gross - discount - refund) AS net_amount,
  dollars(final_cost) AS cost,
  is_first_order,
  -- The nightly load brings an order, and brings it again when it was refunded.
  coalesce(refunded_on, ordered_at::DATE) + INTERVAL '1 day 4 hours' AS loaded_at
FROM refunded
-- In the order of time within a tenant, so that zone maps skip what a date range leaves out.
ORDER BY org_id, ordered_at, id
"""
