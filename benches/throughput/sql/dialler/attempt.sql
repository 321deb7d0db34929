-- Adds an attempt to a contact of the set, at a device that nobody asked to forget: to go on calling a forgotten
-- one is answered with an error, and that is not what is measured here.
-- $1 text: the account; $2 bigint: the contact.
INSERT INTO contact_centre.contact_attempt (account_id, attempted_at, contact_id, client_id, channel, direction, device, disposition)
VALUES ($1, now(), $2, 'C-' || $2::bigint, 'voice', 'outbound', '+12025550101', 'Busy')
