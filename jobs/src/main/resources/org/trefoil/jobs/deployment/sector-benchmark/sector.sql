SELECT count(*) AS members, avg(margin) AS mean,
       percentile_cont(0.25) WITHIN GROUP (ORDER BY margin) AS lower_quartile,
       median(margin) AS median,
       percentile_cont(0.75) WITHIN GROUP (ORDER BY margin) AS upper_quartile
FROM   (
        SELECT margin FROM trefoil.aspen.figures
        UNION ALL
        SELECT margin FROM trefoil.birch.figures
        UNION ALL
        SELECT margin FROM trefoil.cedar.figures
        UNION ALL
        SELECT margin FROM trefoil.elm.figures
        UNION ALL
        SELECT margin FROM trefoil.fir.figures
        UNION ALL
        SELECT margin FROM trefoil.larch.figures
       )
HAVING count(*) >= ${members}
