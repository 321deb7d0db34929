-- The recordings that hold a device of the set.
INSERT INTO set_recording (account_id, recording_id, caller, dialled)
SELECT t.account_id, t.recording_id, coalesce(f.caller, t.caller), coalesce(f.dialled, t.dialled)
FROM (
    SELECT account_id, recording_id, max(caller) AS caller, max(dialled) AS dialled
    FROM (
        SELECT t.account_id, t.recording_id, d.code AS caller, NULL AS dialled
        FROM set_device d JOIN contact_centre.recording t ON t.caller = d.device
        UNION ALL
        SELECT t.account_id, t.recording_id, NULL, d.code
        FROM set_device d JOIN contact_centre.recording t ON t.dialled = d.device
    ) AS m
    GROUP BY account_id, recording_id
) AS f
JOIN bench.scope s ON s.account_id = f.account_id
JOIN contact_centre.recording t ON t.account_id = f.account_id AND t.recording_id = f.recording_id
ORDER BY t.ctid
