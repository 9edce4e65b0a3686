WITH orders_rows AS (
  SELECT
    "orders"."payment_method" AS "payment_method"
  FROM (
    SELECT
      "ordered_at",
      "payment_method"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
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
  "payment_method" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
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
  "payment_method" COLLATE "C" DESC NULLS LAST
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
