WITH orders_rows AS (
  SELECT
    CAST(DATE_TRUNC('month', "orders"."ordered_at") AS DATE) AS "date",
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
), traffic_rows AS (
  SELECT
    CAST(DATE_TRUNC('month', CAST("traffic"."day" AS TIMESTAMP)) AS DATE) AS "date",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $4 AND "traffic"."day" < $5
  GROUP BY
    1
), merged AS (
  SELECT
    "date",
    SUM("count") AS "count",
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "date",
      "count",
      "sum_net_amount",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      NULL AS "count",
      NULL AS "sum_net_amount",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "date"
), result AS (
  SELECT
    "date",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    "sum_net_amount" AS "revenue",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM merged
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2025, 11, 15, 0, 0)
-- $3 = datetime.datetime(2026, 2, 15, 0, 0)
-- $4 = datetime.date(2025, 11, 15)
-- $5 = datetime.date(2026, 2, 15)
-- $6 = 1000001
