WITH orders_rows AS (
  SELECT
    "orders"."device_type" AS "device_type",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount",
    SUM("orders"."cost") AS "sum_cost",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id"
  FROM (
    SELECT
      "cost",
      "customer_id",
      "device_type",
      "net_amount",
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
    "device_type",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    "sum_net_amount" AS "revenue",
    "sum_cost" AS "cost",
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers"
  FROM orders_rows
)
SELECT
  '{"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"cost":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"customers":' || COALESCE(CAST("customers" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "device_type" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
