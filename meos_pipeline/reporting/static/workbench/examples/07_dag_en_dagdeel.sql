-- Wanneer wordt er gecontroleerd? Dag en dagdeel van het nieuwste kwartaal.
-- When are checks done? Weekday and part of the day of the newest quarter.
SELECT team_name, first_part AS weekday, any_value(first_name) AS weekday_name, second_name AS part_of_day,
       sum(n_low) AS at_least, sum(n_high) AS at_most
FROM crossed
WHERE partition = 'weekday_block'
  AND period_start = (SELECT max(period_start) FROM crossed WHERE partition = 'weekday_block')
GROUP BY team_name, first_part, second_name
ORDER BY team_name, weekday, part_of_day;
