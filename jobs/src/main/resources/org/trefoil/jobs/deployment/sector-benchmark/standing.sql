-- A member's own place beside the sector's figures, for that member and nobody else. Every member weighs in the sum of 1 and -1, in which
-- a count of those above would rest on these alone, and be held back where they are fewer than min-owners.
SELECT me.year,
       count(*) AS members,
       avg(s.margin) AS mean,
       percentile_cont(0.25) WITHIN GROUP (ORDER BY s.margin) AS lower_quartile,
       median(s.margin) AS median,
       percentile_cont(0.75) WITHIN GROUP (ORDER BY s.margin) AS upper_quartile,
       1 + (count(*) + sum(CASE WHEN s.margin > me.margin THEN 1 ELSE -1 END)) div 2 AS rank,
       (count(*) - sum(CASE WHEN s.margin > me.margin THEN 1 ELSE -1 END)) / (2 * count(*)) AS quantile
FROM   trefoil.${member}.figures me
       CROSS JOIN (
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
       ) s
GROUP  BY me.year
