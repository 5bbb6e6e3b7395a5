-- What is shown of the same question: NULL where a bank has some farms of a grade, but too few.
SELECT   region,
         CASE WHEN count_if(score >= ${good}) > 0
              AND count_if(bank = 'agri' AND score >= ${good}) NOT BETWEEN 1 AND ${k:agri.farms} - 1
              AND count_if(bank = 'coop' AND score >= ${good}) NOT BETWEEN 1 AND ${k:coop.farms} - 1
              AND count_if(bank = 'land' AND score >= ${good}) NOT BETWEEN 1 AND ${k:land.farms} - 1
              THEN count_if(score >= ${good}) END AS good,
         CASE WHEN count_if(score >= ${fair} AND score < ${good}) > 0
              AND count_if(bank = 'agri' AND score >= ${fair} AND score < ${good}) NOT BETWEEN 1 AND ${k:agri.farms} - 1
              AND count_if(bank = 'coop' AND score >= ${fair} AND score < ${good}) NOT BETWEEN 1 AND ${k:coop.farms} - 1
              AND count_if(bank = 'land' AND score >= ${fair} AND score < ${good}) NOT BETWEEN 1 AND ${k:land.farms} - 1
              THEN count_if(score >= ${fair} AND score < ${good}) END AS fair,
         CASE WHEN count_if(score < ${fair}) > 0
              AND count_if(bank = 'agri' AND score < ${fair}) NOT BETWEEN 1 AND ${k:agri.farms} - 1
              AND count_if(bank = 'coop' AND score < ${fair}) NOT BETWEEN 1 AND ${k:coop.farms} - 1
              AND count_if(bank = 'land' AND score < ${fair}) NOT BETWEEN 1 AND ${k:land.farms} - 1
              THEN count_if(score < ${fair}) END AS poor
FROM     (SELECT f.bank, f.region, m.base + m.per_equity * f.equity + m.per_margin * f.margin AS score
          FROM   (
                 SELECT 'agri' AS bank, region, kind, equity, margin FROM trefoil.agri.farms
                 UNION ALL
                 SELECT 'coop' AS bank, region, kind, equity, margin FROM trefoil.coop.farms
                 UNION ALL
                 SELECT 'land' AS bank, region, kind, equity, margin FROM trefoil.land.farms
                 ) f
                 JOIN trefoil.expert.model m ON m.kind = f.kind)
GROUP BY region
HAVING   count_if(bank = 'agri') NOT BETWEEN 1 AND ${k:agri.farms} - 1
         AND count_if(bank = 'coop') NOT BETWEEN 1 AND ${k:coop.farms} - 1
         AND count_if(bank = 'land') NOT BETWEEN 1 AND ${k:land.farms} - 1
ORDER BY region
