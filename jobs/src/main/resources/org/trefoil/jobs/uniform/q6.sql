select sum(l_extendedprice * l_discount) as revenue
from lineitem
where l_shipdate >= 800 and l_shipdate < 1165 and l_discount between 5 and 7 and l_quantity < 24
