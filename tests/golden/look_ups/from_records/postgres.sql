SELECT
  '{"id":' || COALESCE(CAST(TO_JSON(CAST("orders"."id" AS TEXT)) AS TEXT), 'null') || ',"customer":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("orders"."customer_id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"again":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("orders"."customer_id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"product":' || CHR(30) || COALESCE(CAST(TO_JSON(CAST("orders"."product_id" AS TEXT)) AS TEXT), 'null') || CHR(30) || ',"countryInfo":' || CHR(30) || COALESCE(CAST(TO_JSON("orders"."country") AS TEXT), 'null') || CHR(30) || '}' AS "row"
FROM (
  SELECT
    "country",
    "customer_id",
    "id",
    "net_amount",
    "product_id"
  FROM (
    SELECT
      "country",
      "customer_id",
      "id",
      "net_amount",
      "product_id"
    FROM "gold"."orders"
    WHERE
      "org_id" = CAST($1 AS TEXT)
  ) AS "orders"
  WHERE
    NULLIF(NULLIF(NULLIF("orders"."net_amount", 'NaN'), 'Infinity'), '-Infinity') > CAST($2 AS DECIMAL)
  ORDER BY
    "orders"."id" ASC
  LIMIT CAST($3 AS BIGINT)
) AS "orders"
ORDER BY
  "orders"."id" ASC
-- $1 = 'acme'
-- $2 = Decimal('5000')
-- $3 = 4

SELECT
  CAST(TO_JSON(CAST("customers"."id" AS TEXT)) AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("customers"."name") AS TEXT), 'null') || ',"countryInfo":' || CHR(30) || COALESCE(CAST(TO_JSON("customers"."country") AS TEXT), 'null') || CHR(30) || '}' || CHR(31) || '{"segment":' || COALESCE(CAST(TO_JSON("customers"."segment") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "country",
    "id",
    "name",
    "segment"
  FROM "gold"."customers"
  WHERE
    "org_id" = CAST($1 AS TEXT)
) AS "customers"
WHERE
  "customers"."id" = ANY(CAST($2 AS BIGINT[]))
-- $1 = 'acme'
-- $2 = [1790, 19, 5990]

SELECT
  CAST(TO_JSON(CAST("products"."id" AS TEXT)) AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("products"."name") AS TEXT), 'null') || ',"category":' || COALESCE(CAST(TO_JSON("products"."category") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "category",
    "id",
    "name"
  FROM "gold"."products"
  WHERE
    "org_id" = CAST($1 AS TEXT)
) AS "products"
WHERE
  "products"."id" = ANY(CAST($2 AS BIGINT[]))
-- $1 = 'acme'
-- $2 = [207, 66, 47]

SELECT
  CAST(TO_JSON("countries"."code") AS TEXT) || CHR(31) || '{"name":' || COALESCE(CAST(TO_JSON("countries"."name") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "code",
    "name"
  FROM "gold"."countries"
) AS "countries"
WHERE
  "countries"."code" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['US', 'AU']

SELECT
  CAST(TO_JSON("countries"."code") AS TEXT) || CHR(31) || '{"region":' || COALESCE(CAST(TO_JSON("countries"."region") AS TEXT), 'null') || '}' AS "row"
FROM (
  SELECT
    "code",
    "region"
  FROM "gold"."countries"
) AS "countries"
WHERE
  "countries"."code" = ANY(CAST($1 AS TEXT[]))
-- $1 = ['GB', 'US', 'AU']
