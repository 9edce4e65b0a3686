SELECT
  date_trunc('quarter', o_orderdate)::date AS quarter,
  c_mktsegment,
  sum(l_extendedprice * (1 - l_discount)) AS revenue,
  count(DISTINCT o_orderkey) AS orders,
  sum(CASE WHEN c_nationkey = s_nationkey THEN l_extendedprice * (1 - l_discount) END)
    / sum(l_extendedprice * (1 - l_discount)) AS local_share
FROM customer, orders, lineitem, supplier
WHERE c_custkey = o_custkey
  AND o_orderkey = l_orderkey
  AND l_suppkey = s_suppkey
  AND o_orderdate BETWEEN date '1996-01-01' AND date '1997-12-31'
GROUP BY quarter, c_mktsegment
ORDER BY quarter, c_mktsegment
