SELECT arm, count(*) AS patients,
       sum(age) AS age, sum(nodes) AS nodes, sum(size) AS size,
       sum(age * age) AS age_age,
       sum(age * nodes) AS age_nodes,
       sum(age * size) AS age_size,
       sum(nodes * nodes) AS nodes_nodes,
       sum(nodes * size) AS nodes_size,
       sum(size * size) AS size_size
FROM   (
         SELECT arm, age, nodes, size
--clear , 'north' AS hospital
         FROM   trefoil.north.patients
         UNION ALL
         SELECT arm, age, nodes, size
--clear , 'south' AS hospital
         FROM   trefoil.south.patients
         UNION ALL
         SELECT arm, age, nodes, size
--clear , 'west' AS hospital
         FROM   trefoil.west.patients
       )
GROUP  BY arm
--clear HAVING count_if(hospital = 'north') NOT BETWEEN 1 AND ${k:north.patients} - 1
--clear AND count_if(hospital = 'south') NOT BETWEEN 1 AND ${k:south.patients} - 1
--clear AND count_if(hospital = 'west') NOT BETWEEN 1 AND ${k:west.patients} - 1
ORDER  BY arm
