-- Creates the people of the demo, 6,000 of them, from whom contacts, devices and attempts are derived. Nothing is random: the people
-- are always the same. Their phones are +1 … 555 01xx; their emails and addresses are in ranges reserved for examples.
CREATE TEMPORARY TABLE lethe_demo_person ON COMMIT DROP AS
-- Area codes for phones: with 555-01xx, a hundred people for each.
WITH area (codes) AS (
    VALUES (string_to_array('201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 '
        '234 239 240 248 251 252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 '
        '314 315 316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 '
        '407 408 409 410 412 413 414 415', ' '))
),
-- Given and family names by script. After "=": the form in emails, where that is not the lower case of the name.
name (script, given, family) AS (
    VALUES (0, string_to_array('Alice Benjamin Chidi Chloé=chloe Dorothy Emeka Fatima Gabriel Hannah Isaac Jasmine '
                   'José=jose Keisha Liam Maeve Nathaniel Olga Priya Quentin Rosa Siobhán=siobhan Tobias Ursula Zoë=zoe', ' '),
               string_to_array('Abernathy Bakare Castellano Delacroix Eriksson Fitzgerald Göransson=goransson Hollis '
                   'Ibrahim Jankowski Kowalczyk Lindqvist Mbeki Núñez=nunez O''Hara=ohara Papadakis Quigley Ramaswamy '
                   'Stavros Tremblay Underhill Vasquez Whitcombe Yilmaz Zimmermann', ' ')),
           (1, string_to_array('花子=hanako 健太=kenta 美咲=misaki 大輔=daisuke 陽菜=hina', ' '),
               string_to_array('佐藤=sato 大野=ono 小川=ogawa 中島=nakajima', ' ')),
           (2, string_to_array('Ольга=olga Дмитрий=dmitri Наталья=natalia Сергей=sergei Юлия=yulia', ' '),
               string_to_array('Иваненко=ivanenko Морозова=morozova Ковалёв=kovalev Щербак=shcherbak', ' ')),
           (3, string_to_array('Ελένη=eleni Γιώργος=giorgos Σοφία=sofia Νίκος=nikos Άννα=anna', ' '),
               string_to_array('Παππάς=pappas Δημητρίου=dimitriou Οικονόμου=oikonomou Βλάχος=vlachos', ' ')),
           (4, string_to_array('ليلى=layla عمر=omar نور=nour يوسف=yusuf مريم=maryam', ' '),
               string_to_array('حداد=haddad منصور=mansour خوري=khoury سليمان=suleiman', ' ')),
           (5, string_to_array('민준=minjun 서연=seoyeon 지훈=jihun 하은=haeun 도윤=doyun', ' '),
               string_to_array('김=kim 박=park 최=choi 정=jeong', ' '))
),
-- Each person with a number, from which everything else is derived.
numbered AS (
    SELECT n,
           -- One name in seventeen is not in Latin script.
           CASE WHEN n % 17 = 0 THEN 1 + n / 17 % 5 ELSE 0 END AS script,
           -- Seven of ten belong to Larkspur, in the order of its accounts; three to Northquay.
           (ARRAY[1, 1, 2, 2, 3, 3, 4, 5, 6, 7])[1 + n % 10] AS account_no
    FROM generate_series(1, 6000) AS n
),
-- Each person with a name in their script.
named AS (
    SELECT p.*,
           name.given[1 + p.n % cardinality(name.given)] AS given,
           name.family[1 + p.n % cardinality(name.family)] AS family
    FROM numbered p
    JOIN name ON name.script = p.script
)
SELECT p.n,
       (ARRAY['30003748347', '30003748401', '30003748402', '30003748403', '30003748511', '40001187020', '40001187121'])[p.account_no] AS account_id,
       p.account_no * 2 - p.n / 10 % 2 AS list_id,
       (ARRAY['LH', 'EN', 'BB', 'IN', 'QC', 'NQ', 'NC'])[p.account_no] || '-' || 200000 + p.n * 7 AS client_id,
       split_part(p.given, '=', 1) AS first_name,
       split_part(p.family, '=', 1) AS last_name,
       CASE WHEN p.n % 6 = 0 THEN (ARRAY['Baker, Adeyemi & Sons', 'The "Corner" Bakery', E'Meadow View Clinic\nReception',
           'Fjord & Fell Outfitters', 'Zwölf Uhr GmbH', 'Hilltop Garage, Unit 4', 'Sakura 製菓'])[1 + p.n / 6 % 7] END AS company,
       '+1' || area.codes[1 + p.n / 100] || '55501' || lpad((p.n % 100)::text, 2, '0') AS phone,
       CASE WHEN p.n % 3 = 0 THEN
           '+1' || area.codes[62 + p.n / 300] || '55501' || lpad((p.n / 3 % 100)::text, 2, '0') END AS phone2,
       CASE WHEN p.n % 5 <> 4 THEN
           CASE WHEN p.n % 9 = 0 THEN initcap(local.part) ELSE local.part END
           || '@example.' || (ARRAY['com', 'org', 'net'])[1 + p.n % 3] END AS email,
       CASE WHEN p.n % 40 = 0 THEN '198.51.100.' || 1 + p.n / 40 % 254 END AS ipaddr,
       ARRAY[(ARRAY['192.0.2.', '198.51.100.', '203.0.113.'])[1 + p.n % 3] || 1 + p.n % 254]::inet[] AS response_ips,
       1 + p.n * 31 % 6 AS attempts
FROM named p
CROSS JOIN area
CROSS JOIN LATERAL (
    SELECT coalesce(nullif(split_part(p.given, '=', 2), ''), lower(p.given)) || '.'
           || coalesce(nullif(split_part(p.family, '=', 2), ''), lower(p.family)) || p.n AS part
) AS local
