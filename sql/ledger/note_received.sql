-- Notes the day on which the consumer of a case asked; the latest word counts.
-- $1 text: the case; $2 date: the day.
INSERT INTO lethe.case_received (case_id, received_on) VALUES ($1, $2)
ON CONFLICT (case_id) DO UPDATE SET received_on = excluded.received_on
