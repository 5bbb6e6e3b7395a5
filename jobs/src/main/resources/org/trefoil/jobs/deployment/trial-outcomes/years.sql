SELECT arm, period, count(*) AS patients, sum(event) AS events
FROM   (
         SELECT arm, days div ${days} AS period, event
--clear , 'north' AS hospital
         FROM   trefoil.north.patients
         UNION ALL
         SELECT arm, days div ${days} AS period, event
--clear , 'south' AS hospital
         FROM   trefoil.south.patients
         UNION ALL
         SELECT arm, days div ${days} AS period, event
--clear , 'west' AS hospital
         FROM   trefoil.west.patients
       )
GROUP  BY arm, period
--clear HAVING count_if(hospital = 'north') NOT BETWEEN 1 AND ${k:north.patients} - 1
--clear AND count_if(hospital = 'south') NOT BETWEEN 1 AND ${k:south.patients} - 1
--clear AND count_if(hospital = 'west') NOT BETWEEN 1 AND ${k:west.patients} - 1
ORDER  BY arm, period
