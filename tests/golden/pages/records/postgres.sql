SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ',"orderedAt":' || COALESCE(
    '"' || CAST(REPLACE(CAST("orders"."ordered_at" AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"country":' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',"netAmount":' || COALESCE(
    CAST(NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') AS TEXT),
    'null'
  ) || ',"isFirstOrder":' || COALESCE(CAST("orders"."is_first_order" AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "country",
    "id",
    "is_first_order",
    "net_amount",
    "ordered_at"
  FROM (
    SELECT
      "country",
      "id",
      "is_first_order",
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    "orders"."country" = ANY(CAST($2 AS TEXT[]))
    AND NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') >= CAST($3 AS DECIMAL)
  ORDER BY
    "orders"."ordered_at" DESC,
    "orders"."id" DESC
  LIMIT CAST($4 AS BIGINT)
) AS "orders"
ORDER BY
  "orders"."ordered_at" DESC,
  "orders"."id" DESC
-- $1 = 'acme'
-- $2 = ['DE', 'FR']
-- $3 = Decimal('500')
-- $4 = 4

SELECT
  CAST(COUNT(*) AS TEXT) AS "rows"
FROM (
  SELECT
    "country",
    "id",
    "net_amount"
  FROM "gold"."orders"
  WHERE
    "org_id" = CAST($1 AS TEXT)
) AS "orders"
WHERE
  "orders"."country" = ANY(CAST($2 AS TEXT[]))
  AND NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') >= CAST($3 AS DECIMAL)
-- $1 = 'acme'
-- $2 = ['DE', 'FR']
-- $3 = Decimal('500')
