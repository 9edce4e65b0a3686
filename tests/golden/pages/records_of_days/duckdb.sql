SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ',"country":' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',"netAmount":' || COALESCE(CAST("orders"."net_amount" AS TEXT), 'null') || '}' || CHR(31) || '[' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',' || COALESCE('"' || CAST("orders"."net_amount" AS TEXT) || '"', 'null') || ',' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ']' AS "row"
FROM (
  SELECT
    "country",
    "id",
    "net_amount",
    "ordered_at"
  FROM (
    SELECT
      "country",
      "id",
      "net_amount",
      "ordered_at"
    FROM "gold"."orders"
    WHERE
      "org_id" = $1
  ) AS "orders"
  WHERE
    CAST("orders"."ordered_at" AS TIMESTAMP) >= $2
    AND CAST("orders"."ordered_at" AS TIMESTAMP) < $3
  ORDER BY
    "orders"."country" DESC NULLS FIRST,
    "orders"."net_amount" ASC NULLS FIRST,
    "orders"."id" ASC
  LIMIT $4
) AS "orders"
ORDER BY
  "orders"."country" DESC NULLS FIRST,
  "orders"."net_amount" ASC NULLS FIRST,
  "orders"."id" ASC
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 4, 1, 0, 0)
-- $3 = datetime.datetime(2026, 4, 2, 0, 0)
-- $4 = 3
