WITH orders_rows AS (
  SELECT
    CAST("orders"."ordered_at" AS DATE) AS "date",
    "orders"."channel" AS "channel",
    "orders"."device_type" AS "device_type",
    COUNT(*) AS "count",
    COUNT(*) FILTER(WHERE
      "orders"."is_first_order") AS "count_where_is_first_order"
  FROM (
    SELECT
      "channel",
      "device_type",
      "is_first_order",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  GROUP BY
    1,
    2,
    3
), traffic_rows AS (
  SELECT
    "traffic"."day" AS "date",
    "traffic"."channel" AS "channel",
    "traffic"."device" AS "device_type",
    SUM("traffic"."sessions") AS "sum_traffic_sessions",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "channel",
      "clicks",
      "day",
      "device",
      "impressions",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $4 AND "traffic"."day" < $5
  GROUP BY
    1,
    2,
    3
), merged AS (
  SELECT
    "date",
    "channel",
    "device_type",
    SUM("count") AS "count",
    SUM("count_where_is_first_order") AS "count_where_is_first_order",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "date",
      "channel",
      "device_type",
      "count",
      "count_where_is_first_order",
      NULL AS "sum_traffic_sessions",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions"
    FROM orders_rows
    UNION ALL
    SELECT
      "date",
      "channel",
      "device_type",
      NULL AS "count",
      NULL AS "count_where_is_first_order",
      "sum_traffic_sessions",
      "sum_traffic_clicks",
      "sum_traffic_impressions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "date",
    "channel",
    "device_type"
), result AS (
  SELECT
    "date",
    "channel",
    "device_type",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST(COALESCE("count", 0) AS DOUBLE) / NULLIF(CAST("sum_traffic_sessions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "conversion_rate",
    NULLIF(
      NULLIF(
        NULLIF(
          CAST("sum_traffic_clicks" AS DOUBLE) / NULLIF(CAST("sum_traffic_impressions" AS DOUBLE), 0),
          'NaN'
        ),
        'Infinity'
      ),
      '-Infinity'
    ) AS "click_through_rate",
    CAST(COALESCE("count_where_is_first_order", 0) AS BIGINT) AS "new_customer_count"
  FROM merged
)
SELECT
  '{"date":' || COALESCE('"' || CAST("date" AS TEXT) || '"', 'null') || ',"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"deviceType":' || COALESCE(CAST(TO_JSON("device_type") AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || ',"newCustomerCount":' || COALESCE(CAST("new_customer_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "date" ASC,
  "channel" ASC,
  "device_type" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 29, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 29)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
