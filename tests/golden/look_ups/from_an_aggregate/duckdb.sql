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
), result AS (
  SELECT
    "country",
    CAST(COALESCE("count", 0) AS BIGINT) AS "order_count"
  FROM orders_rows
)
SELECT
  '{"countryInfo":' || CHR(30) || COALESCE(CAST(TO_JSON("country") AS TEXT), 'null') || CHR(30) || ',"orderCount":' || COALESCE(CAST("order_count" AS TEXT), 'null') || '}'
FROM result
ORDER BY
  "order_count" DESC,
  "country" ASC
LIMIT $4
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 4, 1, 0, 0)
-- $3 = datetime.datetime(2026, 4, 11, 0, 0)
-- $4 = 1000001

SELECT
  CAST(TO_JSON("countries"."code") AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("countries"."name") AS TEXT), 'null') || ',"region":' || COALESCE(CAST(TO_JSON("countries"."region") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "code",
    "name",
    "region"
  FROM "gold"."countries"
) AS "countries"
WHERE
  "countries"."code" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['US', 'GB', 'DE', 'CA', 'FR', 'AU', 'NL', 'ES', 'SE', 'IT', 'PL', 'JP']
