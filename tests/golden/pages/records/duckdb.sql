SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ',"orderedAt":' || COALESCE(
    '"' || CAST(REPLACE(CAST(CAST("orders"."ordered_at" AS TIMESTAMP) AS TEXT), ' ', 'T') || 'Z' AS TEXT) || '"',
    'null'
  ) || ',"country":' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',"netAmount":' || COALESCE(CAST("orders"."net_amount" AS TEXT), 'null') || ',"isFirstOrder":' || COALESCE(CAST("orders"."is_first_order" AS TEXT), 'null') || '}' AS "row"
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
      "org_id" = $1
  ) AS "orders"
  WHERE
    "orders"."country" = ANY(CAST($2 AS TEXT[])) AND "orders"."net_amount" >= $3
  ORDER BY
    CAST("orders"."ordered_at" AS TIMESTAMP) DESC,
    "orders"."id" DESC
  LIMIT $4
) AS "orders"
ORDER BY
  CAST("orders"."ordered_at" AS TIMESTAMP) DESC,
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
    "org_id" = $1
) AS "orders"
WHERE
  "orders"."country" = ANY(CAST($2 AS TEXT[])) AND "orders"."net_amount" >= $3
-- $1 = 'acme'
-- $2 = ['DE', 'FR']
-- $3 = Decimal('500')
