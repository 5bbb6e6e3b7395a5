SELECT count(*) AS anna_is_richer
FROM   trefoil.anna.fortune a
       JOIN trefoil.bela.fortune b ON b.question = a.question
WHERE  a.euros > b.euros
