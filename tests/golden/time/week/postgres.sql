WITH orders_rows AS (
  SELECT
    CAST(DATE_TRUNC('week', "orders"."ordered_at") AS DATE) AS "date",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount"
  FROM (
    SELECT
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
  GROUP BY
    1
), traffic_rows AS (
  SELECT
    CAST(DATE_TRUNC('week', CAST("traffic"."day" AS TIMESTAMP)) AS DATE) AS "date",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "traffic"
  WHERE
    "traffic"."day" >= CAST($4 AS DATE) AND "traffic"."day" < CAST($5 AS DATE)
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
      CAST(NULL AS BIGINT) AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      CAST(NULL AS BIGINT) AS "count",
      CAST(NULL AS DECIMAL) AS "sum_net_amount",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "date"
), result AS (
  SELECT
    "date",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    NULLIF(NULLIF(NULLIF("sum_net_amount", 'NaN'), 'Infinity'), '-Infinity') AS "revenue",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM merged
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2025, 12, 24, 0, 0)
-- $3 = datetime.datetime(2026, 1, 14, 0, 0)
-- $4 = datetime.date(2025, 12, 24)
-- $5 = datetime.date(2026, 1, 14)
-- $6 = 1000001
