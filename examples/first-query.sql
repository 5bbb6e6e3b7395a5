-- What do a bank's customers spend at a shop? bin/trefoil sql --local notebooks/first-look/OWNERS.yaml -f examples/first-query.sql
SELECT   segment, count(*) AS orders, sum(amount) AS revenue
FROM     trefoil.bank.customers
         JOIN trefoil.shop.orders ON customer = id
GROUP BY segment
ORDER BY revenue DESC;
