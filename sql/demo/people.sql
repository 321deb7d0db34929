-- Creates the people of the demo, 6,000 of them, from whom contacts, devices and attempts are derived. Nothing is random: the people
-- are always the same. Their phones are +1 … 555 01xx; their emails and addresses are in ranges reserved for examples.
CREATE TEMPORARY TABLE pg_temp.lethe_demo_person ON COMMIT DROP AS
-- Area codes for phones: with 555-01xx, a hundred people for each.
WITH area (codes) AS (
    VALUES (pg_catalog.string_to_array('201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 '
        '234 239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 '
        '314 315 316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 '
        '407 408 409 410 412 413 414 415', ' '))
),
-- Given and family names by script. After "=": the form in emails, where that is not the lower case of the name.
name (script, given, family) AS (
    VALUES (0, pg_catalog.string_to_array('Alice Benjamin Chidi Chloé=chloe Dorothy Emeka Fatima Gabriel Hannah Isaac Jasmine '
                   'José=jose Keisha Liam Maeve Nathaniel Olga Priya Quentin Rosa Siobhán=siobhan Tobias Ursula Zoë=zoe', ' '),
               pg_catalog.string_to_array('Abernathy Bakare Castellano Delacroix Eriksson Fitzgerald Göransson=goransson Hollis '
                   'Ibrahim Jankowski Kowalczyk Lindqvist Mbeki Núñez=nunez O''Hara=ohara Papadakis Quigley Ramaswamy '
                   'Stavros Tremblay Underhill Vasquez Whitcombe Yilmaz Zimmermann', ' ')),
           (1, pg_catalog.string_to_array('花子=hanako 健太=kenta 美咲=misaki 大輔=daisuke 陽菜=hina', ' '),
               pg_catalog.string_to_array('佐藤=sato 大野=ono 小川=ogawa 中島=nakajima', ' ')),
           (2, pg_catalog.string_to_array('Ольга=olga Дмитрий=dmitri Наталья=natalia Сергей=sergei Юлия=yulia', ' '),
               pg_catalog.string_to_array('Иваненко=ivanenko Морозова=morozova Ковалёв=kovalev Щербак=shcherbak', ' ')),
           (3, pg_catalog.string_to_array('Ελένη=eleni Γιώργος=giorgos Σοφία=sofia Νίκος=nikos Άννα=anna', ' '),
               pg_catalog.string_to_array('Παππάς=pappas Δημητρίου=dimitriou Οικονόμου=oikonomou Βλάχος=vlachos', ' ')),
           (4, pg_catalog.string_to_array('ليلى=layla عمر=omar نور=nour يوسف=yusuf مريم=maryam', ' '),
               pg_catalog.string_to_array('حداد=haddad منصور=mansour خوري=khoury سليمان=suleiman', ' ')),
           (5, pg_catalog.string_to_array('민준=minjun 서연=seoyeon 지훈=jihun 하은=haeun 도윤=doyun', ' '),
               pg_catalog.string_to_array('김=kim 박=park 최=choi 정=jeong', ' '))
),
-- Each person with a number, from which everything else is derived.
numbered AS (
    SELECT n,
           -- One name in seventeen is not in Latin script.
           CASE WHEN n OPERATOR(pg_catalog.%) 17 OPERATOR(pg_catalog.=) 0 THEN 1 OPERATOR(pg_catalog.+) (n OPERATOR(pg_catalog./) 17 OPERATOR(pg_catalog.%) 5) ELSE 0 END AS script,
           -- Seven of ten belong to Larkspur, in the order of its accounts; three to Northquay.
           (ARRAY[1, 1, 2, 2, 3, 3, 4, 5, 6, 7])[1 OPERATOR(pg_catalog.+) (n OPERATOR(pg_catalog.%) 10)] AS account_no
    FROM pg_catalog.generate_series(1, 6000) AS n
),
-- Each person with a name in their script.
named AS (
    SELECT p.*,
           name.given[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) pg_catalog.cardinality(name.given))] AS given,
           name.family[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) pg_catalog.cardinality(name.family))] AS family
    FROM numbered p
    JOIN name ON name.script OPERATOR(pg_catalog.=) p.script
)
SELECT p.n,
       (ARRAY['30003748347', '30003748401', '30003748402', '30003748403', '30003748511', '40001187020', '40001187121'])[p.account_no] AS account_id,
       p.account_no OPERATOR(pg_catalog.*) 2 OPERATOR(pg_catalog.-) (p.n OPERATOR(pg_catalog./) 10 OPERATOR(pg_catalog.%) 2) AS list_id,
       (ARRAY['LH', 'EN', 'BB', 'IN', 'QC', 'NQ', 'NC'])[p.account_no] OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) (200000 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.*) 7)) AS client_id,
       pg_catalog.split_part(p.given, '=', 1) AS first_name,
       pg_catalog.split_part(p.family, '=', 1) AS last_name,
       CASE WHEN p.n OPERATOR(pg_catalog.%) 6 OPERATOR(pg_catalog.=) 0 THEN (ARRAY['Baker, Adeyemi & Sons', 'The "Corner" Bakery', E'Meadow View Clinic\nReception',
           'Fjord & Fell Outfitters', 'Zwölf Uhr GmbH', 'Hilltop Garage, Unit 4', 'Sakura 製菓'])[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog./) 6 OPERATOR(pg_catalog.%) 7)] END AS company,
       '+1' OPERATOR(pg_catalog.||) area.codes[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog./) 100)] OPERATOR(pg_catalog.||) '55501' OPERATOR(pg_catalog.||) pg_catalog.lpad((p.n OPERATOR(pg_catalog.%) 100)::pg_catalog.text, 2, '0') AS phone,
       CASE WHEN p.n OPERATOR(pg_catalog.%) 3 OPERATOR(pg_catalog.=) 0 THEN
           '+1' OPERATOR(pg_catalog.||) area.codes[62 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog./) 300)] OPERATOR(pg_catalog.||) '55501' OPERATOR(pg_catalog.||) pg_catalog.lpad((p.n OPERATOR(pg_catalog./) 3 OPERATOR(pg_catalog.%) 100)::pg_catalog.text, 2, '0') END AS phone2,
       CASE WHEN p.n OPERATOR(pg_catalog.%) 5 OPERATOR(pg_catalog.<>) 4 THEN
           CASE WHEN p.n OPERATOR(pg_catalog.%) 9 OPERATOR(pg_catalog.=) 0 THEN pg_catalog.initcap(local.part) ELSE local.part END
           OPERATOR(pg_catalog.||) '@example.' OPERATOR(pg_catalog.||) (ARRAY['com', 'org', 'net'])[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) 3)] END AS email,
       CASE WHEN p.n OPERATOR(pg_catalog.%) 40 OPERATOR(pg_catalog.=) 0 THEN '198.51.100.' OPERATOR(pg_catalog.||) (1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog./) 40 OPERATOR(pg_catalog.%) 254)) END AS ipaddr,
       ARRAY[(ARRAY['192.0.2.', '198.51.100.', '203.0.113.'])[1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) 3)] OPERATOR(pg_catalog.||) (1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.%) 254))]::pg_catalog.inet[] AS response_ips,
       1 OPERATOR(pg_catalog.+) (p.n OPERATOR(pg_catalog.*) 31 OPERATOR(pg_catalog.%) 6) AS attempts
FROM named p
CROSS JOIN area
CROSS JOIN LATERAL (
    SELECT CASE WHEN pg_catalog.split_part(p.given, '=', 2) OPERATOR(pg_catalog.<>) '' THEN pg_catalog.split_part(p.given, '=', 2) ELSE pg_catalog.lower(p.given) END OPERATOR(pg_catalog.||) '.'
           OPERATOR(pg_catalog.||) CASE WHEN pg_catalog.split_part(p.family, '=', 2) OPERATOR(pg_catalog.<>) '' THEN pg_catalog.split_part(p.family, '=', 2) ELSE pg_catalog.lower(p.family) END OPERATOR(pg_catalog.||) p.n AS part
) AS local
