-- Welke opbrengst heeft elk team, en hoe goed kennen we die? De gecorrigeerde staat voorop, de dekking ernaast.
-- Which yield does each team have, and how well do we know it? The corrected one first, the coverage beside it.
SELECT team_name, period_start, period_end, measure_name, yield, yield_lower, yield_upper, verdict_name,
       coverage, coverage_lower, coverage_upper, coverage_name
FROM yields
WHERE stratum = '' AND series = '' AND period_end = (SELECT max(period_end) FROM yields)
  AND period_end - period_start > 300
ORDER BY team_name, leads, measure_name;
