WITH orders_rows AS (
  SELECT
    CAST("orders"."ordered_at" AS DATE) AS "date",
    COUNT(*) AS "count",
    SUM("orders"."net_amount") AS "sum_net_amount",
    COUNT(DISTINCT "orders"."customer_id") AS "count_distinct_customer_id",
    SUM("orders"."cost") AS "sum_cost"
  FROM (
    SELECT
      "cost",
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
  GROUP BY
    1
), traffic_rows AS (
  SELECT
    "traffic"."day" AS "date",
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
    MAX("count_distinct_customer_id") AS "count_distinct_customer_id",
    SUM("sum_cost") AS "sum_cost",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "date",
      "count",
      "sum_net_amount",
      "count_distinct_customer_id",
      "sum_cost",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      NULL AS "count",
      NULL AS "sum_net_amount",
      NULL AS "count_distinct_customer_id",
      NULL AS "sum_cost",
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
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    "sum_cost" AS "cost",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM merged
)
SELECT
  '{"once":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"twice":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"alias":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"Alias":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"ALIAS":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"abcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijklmnopq":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"abcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijklmnopqr":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"day":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
