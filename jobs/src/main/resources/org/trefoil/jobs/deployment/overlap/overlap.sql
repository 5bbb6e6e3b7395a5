SELECT count(*) AS people, sum(b.spent) AS spent
FROM   trefoil.search.viewers v
       JOIN trefoil.shop.buyers b ON b.person = v.person
--clear HAVING count(*) >= greatest(${k:search.viewers}, ${k:shop.buyers})
