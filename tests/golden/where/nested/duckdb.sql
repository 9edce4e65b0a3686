WITH orders_rows AS (
  SELECT
    "orders"."channel" AS "channel",
    "orders"."device_type" AS "device_type",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "channel",
      "country",
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
    AND (
      STARTS_WITH("orders"."channel", $4) OR "orders"."device_type" = $5
    )
    AND NOT (
      "orders"."country" = ANY(CAST($6 AS TEXT[]))
    ) IS TRUE
  GROUP BY
    1,
    2
), result AS (
  SELECT
    "channel",
    "device_type",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    "sum_net_amount" AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" >= $7 AND "order_count" < $8
ORDER BY
  "channel" ASC,
  "device_type" ASC
LIMIT $9
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'paid_'
-- $5 = 'tablet'
-- $6 = ['US', 'GB']
-- $7 = Decimal('1000')
-- $8 = 1000
-- $9 = 1000001
