SELECT indicator, count(*) AS seen_by, min(first) AS first_seen, max(last) AS last_seen
FROM   (SELECT indicator, member, min(seen) AS first, max(seen) AS last
        FROM   (
               SELECT member, indicator, seen FROM trefoil.energy.sightings
               UNION ALL
               SELECT member, indicator, seen FROM trefoil.finance.sightings
               UNION ALL
               SELECT member, indicator, seen FROM trefoil.health.sightings
               UNION ALL
               SELECT member, indicator, seen FROM trefoil.water.sightings
              )
        GROUP  BY indicator, member)
GROUP  BY indicator
HAVING count(*) >= ${seen_by}
ORDER  BY indicator
