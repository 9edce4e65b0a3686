WITH orders_rows AS (
  SELECT
    "orders"."country" AS "country",
    "orders"."channel" AS "channel",
    COUNT(*) AS "count"
  FROM (
    SELECT
      "channel",
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
    1,
    2
), traffic_rows AS (
  SELECT
    "traffic"."country" AS "country",
    "traffic"."channel" AS "channel",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "channel",
      "country",
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = $1
  ) AS "traffic"
  WHERE
    "traffic"."day" >= $4 AND "traffic"."day" < $5
  GROUP BY
    1,
    2
), merged AS (
  SELECT
    "country",
    "channel",
    SUM("count") AS "count",
    SUM("sum_traffic_sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "country",
      "channel",
      "count",
      NULL AS "sum_traffic_sessions"
    FROM orders_rows
    UNION ALL
    SELECT
      "country",
      "channel",
      NULL AS "count",
      "sum_traffic_sessions"
    FROM traffic_rows
  ) AS stacked
  GROUP BY
    "country",
    "channel"
), result AS (
  SELECT
    "country",
    "channel",
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
  '{"country":' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"conversionRate":' || COALESCE(CAST("conversion_rate" AS TEXT), 'null') || '}' || CHR(31) || '[' || COALESCE(
    '"' || CAST(CAST(FORMAT('{:.11e}', "conversion_rate") AS DOUBLE) AS TEXT) || '"',
    'null'
  ) || ',' || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || ',' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ']'
FROM (
  SELECT
    *
  FROM result
  ORDER BY
    CAST(FORMAT('{:.11e}', "conversion_rate") AS DOUBLE) DESC,
    "country" ASC,
    "channel" ASC
  LIMIT $6
) AS "page"
ORDER BY
  CAST(FORMAT('{:.11e}', "conversion_rate") AS DOUBLE) DESC,
  "country" ASC,
  "channel" ASC
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 4, 1, 0, 0)
-- $3 = datetime.datetime(2026, 4, 11, 0, 0)
-- $4 = datetime.date(2026, 4, 1)
-- $5 = datetime.date(2026, 4, 11)
-- $6 = 10001
