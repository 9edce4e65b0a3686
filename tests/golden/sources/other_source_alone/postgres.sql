WITH traffic_rows AS (
  SELECT
    "traffic"."channel" AS "channel",
    SUM("traffic"."sessions") AS "sum_traffic_sessions"
  FROM (
    SELECT
      "channel",
      "day",
      "sessions"
    FROM "gold"."traffic"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "traffic"
  WHERE
    "traffic"."day" >= CAST($2 AS DATE) AND "traffic"."day" < CAST($3 AS DATE)
  GROUP BY
    1
), result AS (
  SELECT
    "channel",
    CAST("sum_traffic_sessions" AS BIGINT) AS "sessions"
  FROM traffic_rows
)
SELECT
  '{"channel":' || COALESCE(CAST(TO_JSON("channel") AS TEXT), 'null') || ',"sessions":' || COALESCE(CAST("sessions" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "channel" COLLATE "C" ASC
LIMIT CAST($4 AS BIGINT)
-- $1 = 'acme'
-- $2 = datetime.date(2026, 6, 30)
-- $3 = datetime.date(2026, 7, 1)
-- $4 = 1000001
