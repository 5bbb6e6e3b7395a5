SELECT l.account, count(*) AS entries, sum(l.amount * r.rate) AS euros
FROM   (
         SELECT account, currency, amount, trunc(day, 'MM') AS month
--clear , 'switzerland' AS unit
         FROM   trefoil.switzerland.ledger WHERE day >= ${month.start} AND day < ${month.end}
         UNION ALL
         SELECT account, currency, amount, trunc(day, 'MM') AS month
--clear , 'britain' AS unit
         FROM   trefoil.britain.ledger WHERE day >= ${month.start} AND day < ${month.end}
         UNION ALL
         SELECT account, currency, amount, trunc(day, 'MM') AS month
--clear , 'japan' AS unit
         FROM   trefoil.japan.ledger WHERE day >= ${month.start} AND day < ${month.end}
         UNION ALL
         SELECT account, currency, amount, trunc(day, 'MM') AS month
--clear , 'sweden' AS unit
         FROM   trefoil.sweden.ledger WHERE day >= ${month.start} AND day < ${month.end}
         UNION ALL
         SELECT account, currency, amount, trunc(day, 'MM') AS month
--clear , 'america' AS unit
         FROM   trefoil.america.ledger WHERE day >= ${month.start} AND day < ${month.end}
       ) l
       JOIN trefoil.treasury.rates r ON r.currency = l.currency AND r.month = l.month
GROUP  BY l.account
--clear HAVING count_if(l.unit = 'switzerland') NOT BETWEEN 1 AND ${k:switzerland.ledger} - 1
--clear AND count_if(l.unit = 'britain') NOT BETWEEN 1 AND ${k:britain.ledger} - 1
--clear AND count_if(l.unit = 'japan') NOT BETWEEN 1 AND ${k:japan.ledger} - 1
--clear AND count_if(l.unit = 'sweden') NOT BETWEEN 1 AND ${k:sweden.ledger} - 1
--clear AND count_if(l.unit = 'america') NOT BETWEEN 1 AND ${k:america.ledger} - 1
ORDER  BY l.account
