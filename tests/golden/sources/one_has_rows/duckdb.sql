WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
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
    AND "orders"."country" = ANY(CAST($4 AS TEXT[]))
    AND "orders"."channel" = ANY(CAST($5 AS TEXT[]))
  GROUP BY
    1,
    2,
    3
), traffic_rows AS (
  SELECT
    "traffic"."country" AS "country",
    "traffic"."channel" AS "channel",
    "traffic"."device" AS "device_type",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "channel",
      "country",
      "day",
      "device",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $6
    AND "traffic"."day" < $7
    AND "traffic"."country" = ANY(CAST($4 AS TEXT[]))
    AND "traffic"."channel" = ANY(CAST($5 AS TEXT[]))
  GROUP BY
    1,
    2,
    3
), merged AS (
  SELECT
    "country",
    "channel",
    "device_type",
    SUM("count") AS "count",
    SUM("sum_net_amount") AS "sum_net_amount",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "country",
      "channel",
      "device_type",
      "count",
      "sum_net_amount",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "country",
      "channel",
      "device_type",
      NULL AS "count",
      NULL AS "sum_net_amount",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "country",
    "channel",
    "device_type"
), result AS (
  SELECT
    "country",
    "channel",
    "device_type",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
    "sum_net_amount" AS "revenue",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST(COALESCE("count", 0) AS DOUBLE) / NULLIF(CAST("sum_traffic_sessions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "conversion_rate"
  FROM merged
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"revenue":' || COALESCE(CAST("revenue" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" ASC,
  "channel" ASC,
  "device_type" ASC
LIMIT $8
-- $1 = 'acme'
-- $2 = datetime.datetime(2024, 7, 1, 0, 0)
-- $3 = datetime.datetime(2024, 7, 2, 0, 0)
-- $4 = ['JP', 'PL']
-- $5 = ['organic', 'referral']
-- $6 = datetime.date(2024, 7, 1)
-- $7 = datetime.date(2024, 7, 2)
-- $8 = 1000001
