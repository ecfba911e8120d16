-- Waarover kunnen we nog niets zeggen, en hoeveel is er nog nodig?
-- About what can we say nothing yet, and how much more is needed?
SELECT measure_name, team_name, verdict_name, label_reason, count(*) AS how_many, min(needed) AS least_needed
FROM findings
WHERE verdict IN ('too_few', 'not_yet', 'not_in_source') AND NOT is_provisional
GROUP BY ALL
ORDER BY measure_name, team_name, verdict_name, label_reason;
