-- Hoeveel proactieve controles staan er per maand in MEOS? Een maand die niet wordt getoond is geen nul.
-- How many proactive checks are in MEOS per month? A month that is not shown is no zero.
SELECT month, team_name, n, n_low, n_high, NULL AS not_shown
FROM checks
UNION ALL
SELECT w.period_start, t.team_name, NULL, NULL, NULL, TRUE
FROM withheld AS w
JOIN teams AS t USING (team)
WHERE w.period = 'month'
ORDER BY month, team_name;
