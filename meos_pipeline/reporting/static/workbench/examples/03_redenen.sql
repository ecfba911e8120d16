-- Waarom controleren we? Per aanleiding de som van de laatste vier kwartalen, met onder- en bovengrens.
-- Why do we check? The sum of the last four quarters per reason, with both bounds.
SELECT team_name, first_part AS reason, any_value(first_name) AS reason_name,
       sum(n_low) AS at_least, sum(n_high) AS at_most
FROM crossed
WHERE partition = 'reason_hit'
  AND period_start > (SELECT max(period_start) - INTERVAL 1 YEAR FROM crossed WHERE partition = 'reason_hit')
GROUP BY team_name, first_part
ORDER BY team_name, reason;
