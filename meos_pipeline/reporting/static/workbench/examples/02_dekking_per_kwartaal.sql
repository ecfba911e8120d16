-- Hoeveel van de controles staat in MEOS, per kwartaal, met en zonder resultaat?
-- How many of the checks are in MEOS, per quarter, with and without a result?
SELECT team_name, period_start, period_end, series, coverage, lower, upper, verdict_name
FROM coverage
WHERE period_end - period_start < 100
ORDER BY team_name, period_start, series;
