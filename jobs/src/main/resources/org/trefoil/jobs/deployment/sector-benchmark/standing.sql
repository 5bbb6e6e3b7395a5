SELECT count(*) AS members_below
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
       ) s
       JOIN trefoil.${member}.figures me ON s.margin < me.margin
