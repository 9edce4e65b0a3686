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
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
    AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
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
      CAST(NULL AS BIGINT) AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      CAST(NULL AS BIGINT) AS "count",
      CAST(NULL AS DECIMAL) AS "sum_net_amount",
      CAST(NULL AS BIGINT) AS "count_distinct_customer_id",
      CAST(NULL AS DECIMAL) AS "sum_cost",
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
    CAST(COALESCE("count_distinct_customer_id", 0) AS BIGINT) AS "customers",
    NULLIF(NULLIF(NULLIF("sum_cost", 'NaN'), 'Infinity'), '-Infinity') AS "cost",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM merged
)
SELECT
  '{"once":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"twice":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"alias":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"Alias":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"ALIAS":' || COALESCE(CAST("customers" AS TEXT), 'null') || ',"abcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijklmnopq":' || COALESCE(CAST("cost" AS TEXT), 'null') || ',"abcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijbcdefghijklmnopqr":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"day":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || '}'
FROM result
ORDER BY
  "date" ASC
LIMIT CAST($6 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
