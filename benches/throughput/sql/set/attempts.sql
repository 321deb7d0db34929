-- The attempts that hold a device of the set, each once.
INSERT INTO set_attempt (account_id, attempt_id, attempted_at, device, response_ip, first_name, last_name, message_subject, message_text, response_text, twice)
SELECT t.account_id, t.attempt_id, t.attempted_at, coalesce(f.device, t.device), coalesce(f.response_ip, t.response_ip),
       CASE WHEN t.first_name <> '' THEN '[redacted]' ELSE t.first_name END,
       CASE WHEN t.last_name <> '' THEN '[redacted]' ELSE t.last_name END,
       CASE WHEN t.message_subject <> '' THEN '[redacted]' ELSE t.message_subject END,
       CASE WHEN t.message_text <> '' THEN '[redacted]' ELSE t.message_text END,
       CASE WHEN t.response_text <> '' THEN '[redacted]' ELSE t.response_text END,
       f.device IS NOT NULL AND f.response_ip IS NOT NULL
FROM (
    SELECT account_id, attempt_id, attempted_at, max(device) AS device, max(response_ip) AS response_ip
    FROM (
        SELECT t.account_id, t.attempt_id, t.attempted_at, d.code AS device, NULL::inet AS response_ip
        FROM set_device d JOIN contact_centre.contact_attempt t ON lower(t.device) = d.device
        WHERE t.channel NOT IN ('sms', 'mms') OR t.short_code IS NULL OR t.short_code = '11111'
        UNION ALL
        SELECT t.account_id, t.attempt_id, t.attempted_at, NULL, d.address
        FROM set_device d JOIN contact_centre.contact_attempt t ON host(t.response_ip) = d.device
        WHERE t.channel NOT IN ('sms', 'mms') OR t.short_code IS NULL OR t.short_code = '11111'
    ) AS m
    GROUP BY account_id, attempt_id, attempted_at
) AS f
JOIN bench.scope s ON s.account_id = f.account_id
JOIN contact_centre.contact_attempt t
  ON t.account_id = f.account_id AND t.attempt_id = f.attempt_id AND t.attempted_at = f.attempted_at
ORDER BY t.tableoid, t.ctid
