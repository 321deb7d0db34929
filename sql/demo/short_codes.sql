-- Adds the short codes: 11111 and 33333 belong to Larkspur, 44444 to Northquay; both send on 22222.
INSERT INTO contact_centre.short_code (short_code, kind)
VALUES ('11111', 'dedicated'),
       ('22222', 'shared'),
       ('33333', 'dedicated'),
       ('44444', 'dedicated')
