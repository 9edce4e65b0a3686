SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ',"country":' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',"netAmount":' || COALESCE(
    CAST(NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') AS TEXT),
    'null'
  ) || '}' || CHR(31) || '[' || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || ',' || COALESCE(
    '"' || CAST(NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') AS TEXT) || '"',
    'null'
  ) || ',' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ']' AS "row"
FROM (
  SELECT
    "country",
    "id",
    "net_amount",
    "ordered_at"
  FROM (
    (
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
          "org_id" = CAST($1 AS TEXT)
      ) AS "orders"
      WHERE
        "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
        AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
        AND NOT "orders"."country" COLLATE "C" IS NULL
      ORDER BY
        "orders"."country" COLLATE "C" DESC,
        NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') ASC NULLS FIRST,
        "orders"."id" ASC
      LIMIT CAST($4 AS BIGINT)
    )
    UNION ALL
    (
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
          "org_id" = CAST($1 AS TEXT)
      ) AS "orders"
      WHERE
        "orders"."ordered_at" >= CAST($2 AS TIMESTAMP)
        AND "orders"."ordered_at" < CAST($3 AS TIMESTAMP)
        AND "orders"."country" COLLATE "C" IS NULL
      ORDER BY
        NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') ASC NULLS FIRST,
        "orders"."id" ASC
      LIMIT CAST($4 AS BIGINT)
    )
  ) AS "orders"
  ORDER BY
    "orders"."country" COLLATE "C" DESC,
    NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') ASC NULLS FIRST,
    "orders"."id" ASC
  LIMIT CAST($4 AS BIGINT)
) AS "orders"
ORDER BY
  "orders"."country" COLLATE "C" DESC,
  NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') ASC NULLS FIRST,
  "orders"."id" ASC
-- $1 = 'acme'
-- $2 = datetime.datetime(2026, 4, 1, 0, 0)
-- $3 = datetime.datetime(2026, 4, 2, 0, 0)
-- $4 = 3
