WITH stocked AS (
  SELECT
    p_brand,
    sum(ps_availqty) AS stock,
    sum(ps_supplycost * ps_availqty) / sum(ps_availqty) AS supply_cost
  FROM partsupp, part
  WHERE ps_partkey = p_partkey AND p_brand LIKE 'Brand#1%'
  GROUP BY p_brand
),
shipped AS (
  SELECT p_brand, sum(l_quantity) AS pieces
  FROM lineitem, part
  WHERE l_partkey = p_partkey AND p_brand LIKE 'Brand#1%'
  GROUP BY p_brand
)
SELECT p_brand, stock, pieces, pieces / stock AS turnover, supply_cost
FROM stocked FULL JOIN shipped USING (p_brand)
ORDER BY turnover DESC
