-- Wat levert elke aanleiding op, en is er genoeg om iets te zeggen? Met de dekking van het team ernaast.
-- What does each reason yield, and is there enough to say anything? With the coverage of the team beside it.
SELECT team_name, period_start, period_end, stratum AS reason, yield, yield_lower, yield_upper, n, verdict_name,
       coverage, coverage_lower, coverage_upper, coverage_name
FROM yields
WHERE statistic = 'yield_by_reason' AND series = ''
ORDER BY team_name, reason;
