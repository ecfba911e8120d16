-- Hoe is een maand naast dezelfde maand van vorig jaar? Twee getallen naast elkaar: geen oordeel.
-- How is a month beside the same month of the year before? Two numbers side by side: no verdict.
SELECT a.team_name, a.month, a.n_low, a.n_high, b.n_low AS year_before_low, b.n_high AS year_before_high
FROM checks AS a
JOIN checks AS b ON a.team = b.team AND b.month = a.month - INTERVAL 1 YEAR
ORDER BY a.team_name, a.month;
