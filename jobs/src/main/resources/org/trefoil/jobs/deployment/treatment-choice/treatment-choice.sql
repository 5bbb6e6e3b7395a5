-- The distance is the number of markers that differ: those of one, and those of the other, less twice those of both.
SELECT p.treatment, count(*) AS patients, avg(p.effect) AS effect
FROM   trefoil.clinics.patients p CROSS JOIN trefoil.doctor.patient g
WHERE  (p.m1 + p.m2 + p.m3 + p.m4 + p.m5 + p.m6 + p.m7 + p.m8 + p.m9 + p.m10
            + p.m11 + p.m12 + p.m13 + p.m14 + p.m15 + p.m16 + p.m17 + p.m18 + p.m19 + p.m20)
       + (g.m1 + g.m2 + g.m3 + g.m4 + g.m5 + g.m6 + g.m7 + g.m8 + g.m9 + g.m10
            + g.m11 + g.m12 + g.m13 + g.m14 + g.m15 + g.m16 + g.m17 + g.m18 + g.m19 + g.m20)
       - 2 * (p.m1 * g.m1 + p.m2 * g.m2 + p.m3 * g.m3 + p.m4 * g.m4 + p.m5 * g.m5
            + p.m6 * g.m6 + p.m7 * g.m7 + p.m8 * g.m8 + p.m9 * g.m9 + p.m10 * g.m10
            + p.m11 * g.m11 + p.m12 * g.m12 + p.m13 * g.m13 + p.m14 * g.m14 + p.m15 * g.m15
            + p.m16 * g.m16 + p.m17 * g.m17 + p.m18 * g.m18 + p.m19 * g.m19 + p.m20 * g.m20) <= ${distance}
GROUP  BY p.treatment
--clear HAVING count(*) >= ${k:clinics.patients}
ORDER  BY p.treatment
