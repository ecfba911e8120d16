-- Hoe zijn de controles verdeeld over leeftijden, per jaar? Dit zegt niet wie er op straat was.
-- How are checks divided over ages, per year? This does not say who was on the street.
SELECT team_name, period_start AS year, first_part AS age_band, any_value(first_name) AS age_name,
       sum(n_low) AS at_least, sum(n_high) AS at_most
FROM crossed
WHERE partition = 'age_band_hit'
GROUP BY team_name, period_start, first_part
ORDER BY team_name, year, age_band;
