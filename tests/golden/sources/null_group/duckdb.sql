WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "country",
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
    "traffic"."country" AS "country",
    SUM("traffic"."sessions") AS "sum_traffic_sessions",
    SUM("traffic"."clicks") AS "sum_traffic_clicks",
    SUM("traffic"."impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "clicks",
      "country",
      "day",
      "impressions",
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
    "country",
    SUM("count") AS "count",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions",
    SUM("sum_traffic_clicks") AS "sum_traffic_clicks",
    SUM("sum_traffic_impressions") AS "sum_traffic_impressions"
  FROM (
    SELECT
      "country",
      "count",
      NULL AS "sum_traffic_sessions",
      NULL AS "sum_traffic_clicks",
      NULL AS "sum_traffic_impressions"
    FROM orders_rows
    UNION ALL
    SELECT
      "country",
      NULL AS "count",
      "sum_traffic_sessions",
      "sum_traffic_clicks",
      "sum_traffic_impressions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "country"
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count",
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
    ) AS "click_through_rate"
  FROM merged
)
SELECT
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || ',"clickThroughRate":' || COALESCE(CAST("click_through_rate" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "country" ASC
LIMIT $6
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 6, 30, 0, 0)
-- $3 = datetime.datetime(2026, 7, 1, 0, 0)
-- $4 = datetime.date(2026, 6, 30)
-- $5 = datetime.date(2026, 7, 1)
-- $6 = 1000001
