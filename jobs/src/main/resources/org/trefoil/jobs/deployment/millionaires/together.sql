SELECT sum(euros) AS euros, count(*) AS people
FROM   (SELECT euros FROM trefoil.anna.fortune
        UNION ALL SELECT euros FROM trefoil.bela.fortune
        UNION ALL SELECT euros FROM trefoil.cleo.fortune)
