SELECT a.person, count(*) AS found
FROM   trefoil.bank.applicants a
WHERE  a.person IN (
                SELECT person FROM trefoil.insurer.list
                UNION ALL
                SELECT person FROM trefoil.landlord.list
                UNION ALL
                SELECT person FROM trefoil.lender.list
       )
GROUP  BY a.person
ORDER  BY a.person
