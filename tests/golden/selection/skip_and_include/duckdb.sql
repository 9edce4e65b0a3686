WITH orders_rows AS (
  SELECT
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id",
    COUNT("orders"."net_amount") AS "count_net_amount"
  FROM (
    SELECT
      "customer_id",
      "net_amount",
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
    "sum_net_amount" AS "revenue",
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    NULLIF(
      NULLIF(
        NULLIF(
          (
            CAST("sum_net_amount" AS DOUBLE) / NULLIF(CAST("count_net_amount" AS DOUBLE), 0)
          ),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "average_order_value"
  FROM orders_rows
)
SELECT
  '{"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"customers":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"averageOrderValue":' || COALESCE(CAST("average_order_value" AS TEXT), 'null') || '}'
FROM result
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 1000001
