WITH orders_rows AS (
  SELECT
    "orders"."device_type" AS "device_type"
  FROM (
    SELECT
      "device_type",
      "ordered_at"
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
    "device_type"
  FROM orders_rows
)
SELECT
  '{"__typename":"OrderMetrics","deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"kind":"OrderMetrics"}'
FROM result
ORDER BY
  "device_type" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001

WITH orders_rows AS (
  SELECT
    COUNT(*) AS "row_count"
  FROM (
    SELECT
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
), result AS (
  SELECT
    1
  FROM orders_rows
)
SELECT
  '{"__typename":"OrderMetrics"}'
FROM result
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
