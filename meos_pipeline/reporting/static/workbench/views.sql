-- Views of the workbench, made with it. Each says what it is about; a yield stands beside its coverage.

CREATE VIEW coverage AS
SELECT team, team_name, period_start, period_end, series, estimate AS coverage, lower, upper, verdict, verdict_name, label_reason
FROM findings
WHERE statistic = 'coverage' AND NOT is_provisional;
COMMENT ON VIEW coverage IS 'Deel van alle controles dat in MEOS staat. / Share of all checks that is in MEOS.';

CREATE VIEW yields AS
SELECT
    team, team_name, period_start, period_end, statistic, measure_name, stratum, series,
    estimate AS yield, lower AS yield_lower, upper AS yield_upper, events, n, verdict, verdict_name,
    coverage, coverage_lower, coverage_upper, coverage_name,
    CASE statistic WHEN 'yield_corrected' THEN 1 ELSE 2 END AS leads
FROM findings
WHERE statistic LIKE 'yield%' AND NOT is_provisional;
COMMENT ON VIEW yields IS 'Opbrengst met de dekking ernaast; de gecorrigeerde gaat voor (leads = 1). / Yield beside its coverage; the corrected one leads.';

CREATE VIEW checks AS
SELECT team, team_name, period_start AS month, n, n_low, n_high
FROM cells
WHERE partition = 'proactive' AND category = 'proactive';
COMMENT ON VIEW checks IS 'Proactieve controles per maand. / Proactive checks per month.';

CREATE VIEW totals AS
SELECT team, period, period_start, partition, sum(n_low) AS total_low, sum(n_high) AS total_high
FROM cells
GROUP BY ALL;
COMMENT ON VIEW totals IS 'Som van alle vakken van een verdeling, als grenzen. / Sum of all categories of a partition, as bounds.';

CREATE VIEW shares AS
SELECT
    c.team, c.team_name, c.period, c.period_start, c.partition, p.partition_name, c.category, c.category_name,
    c.n, c.n_low, c.n_high, t.total_low, t.total_high,
    CASE WHEN t.total_low = t.total_high AND t.total_low > 0 THEN round(c.n / t.total_low, 2) END AS share,
    CASE WHEN t.total_high > 0 THEN round(c.n_low / t.total_high, 2) END AS share_low,
    CASE WHEN t.total_low > 0 THEN round(least(1, c.n_high / t.total_low), 2) END AS share_high
FROM cells AS c
JOIN totals AS t USING (team, period, period_start, partition)
JOIN partitions AS p USING (partition);
COMMENT ON VIEW shares IS 'Elk vak als deel van zijn verdeling; met grenzen waar een aantal klein is. / Each category as a share; bounds where a count is small.';

CREATE VIEW crossed AS
SELECT
    team, team_name, period, period_start, partition, category, category_name,
    split_part(category, '|', 1) AS first_part, split_part(category, '|', 2) AS second_part,
    split_part(category_name, ', ', 1) AS first_name, split_part(category_name, ', ', 2) AS second_name,
    n, n_low, n_high
FROM cells
WHERE category LIKE '%|%';
COMMENT ON VIEW crossed IS 'Gekruiste verdelingen, met beide delen apart. / Crossed partitions, with both parts apart.';

CREATE VIEW beside_district AS
SELECT
    f.team, f.team_name, f.statistic, f.measure_name, f.period_start, f.period_end, f.stratum, f."group", f.series, f.unit,
    f.estimate, f.lower, f.upper, f.verdict_name,
    d.estimate AS district, d.lower AS district_lower, d.upper AS district_upper, d.verdict_name AS district_verdict,
    f.coverage, f.coverage_lower, f.coverage_upper, f.coverage_name,
    d.coverage AS district_coverage, d.coverage_lower AS district_coverage_lower, d.coverage_upper AS district_coverage_upper
FROM findings AS f
JOIN findings AS d USING (statistic, period_start, period_end, stratum, "group", series)
WHERE f.team <> '' AND d.team = '' AND NOT f.is_provisional AND NOT d.is_provisional;
COMMENT ON VIEW beside_district IS 'Elk team naast alle teams samen: geen ranglijst. / Each team beside all teams together: no ranking.';
