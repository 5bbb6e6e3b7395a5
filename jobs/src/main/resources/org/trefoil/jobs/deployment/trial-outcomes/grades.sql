SELECT arm, grade, count(*) AS patients
FROM   (
         SELECT arm, grade
--clear , 'north' AS hospital
         FROM   trefoil.north.patients
         UNION ALL
         SELECT arm, grade
--clear , 'south' AS hospital
         FROM   trefoil.south.patients
         UNION ALL
         SELECT arm, grade
--clear , 'west' AS hospital
         FROM   trefoil.west.patients
       )
GROUP  BY arm, grade
--clear HAVING count_if(hospital = 'north') NOT BETWEEN 1 AND ${k:north.patients} - 1
--clear AND count_if(hospital = 'south') NOT BETWEEN 1 AND ${k:south.patients} - 1
--clear AND count_if(hospital = 'west') NOT BETWEEN 1 AND ${k:west.patients} - 1
ORDER  BY arm, grade
