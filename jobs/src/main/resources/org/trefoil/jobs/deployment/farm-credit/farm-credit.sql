SELECT   region,
         sum(CASE WHEN score >= ${good} THEN 1 ELSE 0 END) AS good,
         sum(CASE WHEN score >= ${fair} AND score < ${good} THEN 1 ELSE 0 END) AS fair,
         sum(CASE WHEN score < ${fair} THEN 1 ELSE 0 END) AS poor
FROM     (SELECT f.region, m.base + m.per_equity * f.equity + m.per_margin * f.margin AS score
          FROM   (
                 SELECT region, kind, equity, margin FROM trefoil.agri.farms
                 UNION ALL
                 SELECT region, kind, equity, margin FROM trefoil.coop.farms
                 UNION ALL
                 SELECT region, kind, equity, margin FROM trefoil.land.farms
                 ) f
                 JOIN trefoil.expert.model m ON m.kind = f.kind)
GROUP BY region
ORDER BY region
