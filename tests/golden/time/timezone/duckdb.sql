WITH orders_rows AS (
  SELECT
    CAST((
      (
        "orders"."ordered_at"
      ) AT TIME ZONE 'UTC'
    ) AT TIME ZONE 'America/New_York' AS DATE) AS "date",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
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
    "date",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    "sum_net_amount" AS "revenue"
  FROM orders_rows
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 3, 7, 5, 0)
-- $3 = datetime.datetime(2026, 3, 10, 4, 0)
-- $4 = 1000001
