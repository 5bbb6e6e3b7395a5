-- Each side writes names alike, in the clear and at home; that it does is part of what is signed.
SELECT v.file, count(*) AS found
FROM   trefoil.police.victims v
WHERE  (upper(trim(v.name)), v.born) IN (
                SELECT upper(trim(name)) AS name, born FROM trefoil.clinic.clients
                UNION ALL
                SELECT upper(trim(name)) AS name, born FROM trefoil.shelter.clients
       )
GROUP  BY v.file
ORDER  BY v.file
