-- Each side writes names alike, in the clear and at home; that it does, and every letter of it, is part of what is signed: small letters
-- without marks, also where these are characters of their own, wide letters narrow, Cyrillic ones as one Latin letter each, nothing between.
-- By key = 'phonetic' names are alike that sound alike.
SELECT file, count(*) AS found
FROM   (
        SELECT file, born,
               ${alike:given} AS given,
               ${alike:family} AS family
        FROM   trefoil.police.victims
       )
WHERE  (CASE WHEN ${key} = 'phonetic' THEN concat(soundex(given), soundex(family)) ELSE concat(given, '/', family) END, born) IN (
        SELECT CASE WHEN ${key} = 'phonetic' THEN concat(soundex(given), soundex(family)) ELSE concat(given, '/', family) END AS name, born
        FROM   (
                SELECT born,
               ${alike:given} AS given,
               ${alike:family} AS family
                FROM   (
                        SELECT given, family, born FROM trefoil.clinic.clients
                        UNION ALL
                        SELECT given, family, born FROM trefoil.shelter.clients
                       )
               )
       )
GROUP  BY file
ORDER  BY file
