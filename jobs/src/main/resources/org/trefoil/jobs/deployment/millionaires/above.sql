-- Of a sum that nobody has seen: together.sql, kept secret-shared under this name.
SELECT count(*) AS anna_is_above_average
FROM   trefoil.anna.fortune a
       CROSS JOIN trefoil.shared.${kept} t
WHERE  a.euros * t.people > t.euros
