-- Hoe staat een cijfer van een team naast dat van alle teams samen, met de marges en de dekking?
-- How does a figure of a team stand beside that of all teams together, with margins and coverage?
SELECT team_name, measure_name, period_start, period_end, estimate, lower, upper, verdict_name,
       district, district_lower, district_upper, district_verdict, coverage, coverage_name, district_coverage
FROM beside_district
WHERE unit = 'share' AND stratum = '' AND "group" = '' AND series = ''
ORDER BY measure_name, team_name, period_start;
