-- What the dialler's sessions with a statement in progress wait for; "no wait" works, or waits for a core.
SELECT coalesce(wait_event_type || ': ' || wait_event, 'no wait'), count(*)
FROM pg_stat_activity
WHERE application_name = 'dialler' AND state = 'active'
GROUP BY 1
