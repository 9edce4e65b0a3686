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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
    AND (
      STARTS_WITH("orders"."channel", CAST($4 AS TEXT))
      OR "orders"."device_type" = CAST($5 AS TEXT)
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
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue"
  FROM orders_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || '}'
FROM result
WHERE
  "revenue" >= CAST($7 AS DECIMAL) AND "order_count" < CAST($8 AS BIGINT)
ORDER BY
  "channel" COLLATE "C" ASC,
  "device_type" COLLATE "C" ASC
LIMIT CAST($9 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 1, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = 'paid_'
-- $5 = 'tablet'
-- $6 = ['US', 'GB']
-- $7 = Decimal('1000')
-- $8 = 1000
-- $9 = 1000001
