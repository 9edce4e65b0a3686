WITH orders_rows AS (
  SELECT
    CAST("orders"."ordered_at" AS DATE) AS "date",
    "orders"."device_type" AS "device_type",
    COUNT(*) AS "count"
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
    1,
    2
), result AS (
  SELECT
    "date",
    "device_type",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" DESC,
  "order_count" ASC,
  "device_type" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 28, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
