# Tables and rows that every case file starts from. Hazards on purpose: NULLs, duplicates, mixed case,
# accents, negative and huge numbers, empty shards, rows that only an outer join keeps.

onlyif mysql
both
CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40), country CHAR(2), age INT, balance DECIMAL(20,4), ratio DOUBLE, joined DATE, rank_ ENUM('low','mid','high'), big BIGINT UNSIGNED) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci

onlyif sqlite
both
CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT COLLATE NOCASE, country TEXT, age INT, balance NUMERIC, ratio REAL, joined TEXT, rank_ TEXT, big INTEGER)

onlyif mysql
both
CREATE TABLE orders (id BIGINT NOT NULL, user_id BIGINT NOT NULL, status VARCHAR(10), total DECIMAL(12,2), qty INT, placed DATETIME(3), note TEXT, PRIMARY KEY (user_id, id)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci

onlyif sqlite
both
CREATE TABLE orders (id INTEGER NOT NULL, user_id INTEGER NOT NULL, status TEXT, total NUMERIC, qty INT, placed TEXT, note TEXT, PRIMARY KEY (user_id, id))

both
CREATE TABLE items (user_id BIGINT NOT NULL, order_id BIGINT NOT NULL, line INT NOT NULL, sku VARCHAR(20), price DECIMAL(10,2), PRIMARY KEY (user_id, order_id, line))

onlyif mysql
both
CREATE TABLE accounts (name VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, amount DECIMAL(30,10))

onlyif sqlite
both
CREATE TABLE accounts (name TEXT NOT NULL PRIMARY KEY, amount NUMERIC)

both
CREATE TABLE numbers (n INT, v VARCHAR(20))

both
CREATE TABLE scores (points INT NOT NULL, player VARCHAR(20))

both
CREATE TABLE tickets (zone INT NOT NULL, seat INT NOT NULL, owner VARCHAR(20), PRIMARY KEY (zone, seat))

both
CREATE TABLE events (user_id BIGINT NOT NULL, at DATETIME NOT NULL, kind VARCHAR(10), amount INT)

both
CREATE TABLE regions (code CHAR(2) NOT NULL PRIMARY KEY, title VARCHAR(30), vat DECIMAL(5,2))

both
CREATE TABLE coupons (id INT NOT NULL PRIMARY KEY, label VARCHAR(20), percent INT)

both
INSERT INTO users (id, name, country, age, balance, ratio, joined, rank_, big) VALUES
 (1, 'Anna', 'de', 31, 100.5000, 0.5, '2020-01-31', 'low', 1),
 (2, 'anna', 'fr', 31, -7.2500, 1.25, '2020-02-29', 'mid', 9223372036854775807),
 (3, 'Bob', 'de', NULL, 0, NULL, '2021-03-01', 'high', 9223372036854775806),
 (4, 'Ärger', 'at', 44, 99999999999.9999, -2.5, NULL, 'low', 0),
 (5, 'Zoë', NULL, 18, NULL, 3.75, '2022-12-31', NULL, NULL),
 (6, '', 'fr', 0, 0.0001, 0, '2020-01-31', 'mid', 5),
 (7, NULL, 'de', 31, 12.3400, 1e10, '2023-06-15', 'high', 7),
 (8, 'bob ', 'us', 99, 100.5000, 0.1, '1999-12-31', 'low', 100),
 (-9, 'neg', 'xx', -1, -1, -1, '2000-01-01', 'mid', 3),
 (9007199254740993, 'huge', 'de', 50, 1, 2, '2020-01-31', 'high', 2)

both
INSERT INTO orders (id, user_id, status, total, qty, placed, note) VALUES
 (1, 1, 'new', 10.10, 1, '2024-01-01 10:00:00.000', 'a'),
 (2, 1, 'paid', 20.20, 2, '2024-01-02 10:00:00.123', NULL),
 (3, 2, 'Paid', 5.05, NULL, '2024-01-01 10:00:00.000', 'x'),
 (1, 3, 'new', NULL, 3, '2024-02-01 00:00:00.000', ''),
 (2, 3, NULL, 0.00, 4, NULL, 'a'),
 (1, 7, 'paid', 99.99, 1, '2024-03-01 23:59:59.999', 'A'),
 (2, 7, 'new', 99.99, 7, '2024-03-01 23:59:59.999', 'b'),
 (3, 7, 'lost', -5.00, 2, '2024-03-02 00:00:00.000', NULL),
 (1, 8, 'PAID', 1.00, 10, '2023-01-01 00:00:00.000', 'z'),
 (1, 9007199254740993, 'new', 7.77, 1, '2024-01-01 10:00:00.000', 'h')

both
INSERT INTO items (user_id, order_id, line, sku, price) VALUES
 (1, 1, 1, 'pen', 10.10), (1, 2, 1, 'ink', 15.20), (1, 2, 2, 'pen', 5.00),
 (2, 3, 1, 'cup', 5.05), (3, 1, 1, 'pen', NULL), (7, 1, 1, 'ink', 49.99),
 (7, 1, 2, 'ink', 50.00), (7, 2, 1, 'cup', 99.99), (8, 1, 1, 'PEN', 1.00)

both
INSERT INTO accounts (name, amount) VALUES ('alice', 10.5), ('Alice', 20), ('bob', 1234567890.0123456789), ('', 0), ('zoë', NULL), ('x y', 3)

both
INSERT INTO numbers (n, v) VALUES (0, 'zero'), (1, 'one'), (2, 'two'), (2, 'zwei'), (-1, 'minus'), (-8, 'minus eight'), (2147483647, 'max'), (NULL, 'nothing'), (NULL, 'nix'), (15, NULL)

both
INSERT INTO scores (points, player) VALUES (-5, 'a'), (0, 'b'), (0, 'c'), (99, 'a'), (100, 'b'), (999, 'c'), (1000, 'a'), (5000, 'b')

both
INSERT INTO tickets (zone, seat, owner) VALUES (1, 1, 'ann'), (1, 2, NULL), (2, 1, 'bob'), (3, 1, 'cid'), (4, 9, NULL), (6, 1, 'ann'), (7, 1, 'dan')

both
INSERT INTO events (user_id, at, kind, amount) VALUES
 (1, '2024-01-01 00:00:00', 'in', 5), (1, '2024-01-31 23:59:59', 'out', 3), (1, '2024-02-01 00:00:00', 'in', 7),
 (2, '2024-02-29 12:00:00', 'in', NULL), (3, '2024-06-30 23:59:59', 'out', 1), (4, '2024-03-15 08:00:00', 'in', 2),
 (5, '2024-01-15 08:00:00', 'in', 2), (7, '2024-05-05 05:05:05', 'out', -2)

both
INSERT INTO regions (code, title, vat) VALUES ('de', 'Germany', 19.00), ('fr', 'France', 20.00), ('at', 'Austria', 20.00), ('zz', 'Nowhere', NULL)

both
INSERT INTO coupons (id, label, percent) VALUES (1, 'spring', 10), (2, 'vip', 30), (3, NULL, NULL)
