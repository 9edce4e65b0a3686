WITH orders_rows AS (
  SELECT
    "orders"."payment_method" AS "payment_method"
  FROM (
    SELECT
      "ordered_at",
      "payment_method"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1
), result AS (
  SELECT
    "payment_method"
  FROM orders_rows
)
SELECT
  '{"paymentMethod":' || COALESCE(CAST(TO_JSON("payment_method") AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "payment_method" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    "orders"."payment_method" AS "payment_method"
  FROM (
    SELECT
      "ordered_at",
      "payment_method"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1
), result AS (
  SELECT
    "payment_method"
  FROM orders_rows
)
SELECT
  '{"paymentMethod":' || COALESCE(CAST(TO_JSON("payment_method") AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "payment_method" DESC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
