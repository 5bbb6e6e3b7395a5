SELECT indicator, count(*) AS sightings, min(seen) AS first_seen, max(seen) AS last_seen
FROM   trefoil.exchange.sightings
GROUP  BY indicator
HAVING count(*) >= ${seen_by}
--clear AND count(DISTINCT member) >= 5
ORDER  BY indicator
