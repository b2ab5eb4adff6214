-- The tables of the configuration that `pando init` writes, and a few rows.
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, status TEXT NOT NULL,
                     total INTEGER NOT NULL, note TEXT);
CREATE INDEX orders_by_user ON orders (user_id);
CREATE TABLE order_items (user_id INTEGER NOT NULL, order_id INTEGER NOT NULL, line INTEGER NOT NULL,
                          sku TEXT NOT NULL, PRIMARY KEY (user_id, order_id, line));
CREATE TABLE products (sku TEXT PRIMARY KEY, name TEXT NOT NULL, price REAL, picture BLOB);
CREATE TABLE coupons (code TEXT PRIMARY KEY, percent INTEGER NOT NULL);
INSERT INTO orders (id, user_id, status, total, note) VALUES
  (1, 7, 'paid', 1200, 'ring; twice'), (2, 7, 'new', 300, NULL), (3, 8, 'paid', 4700, ''),
  (4, 9, 'shipped', 50, 'Björk'), (5, 10, 'paid', 999, 'two
lines');
INSERT INTO order_items (user_id, order_id, line, sku) VALUES
  (7, 1, 1, 'tree'), (7, 1, 2, 'leaf'), (8, 3, 1, 'tree'), (9, 4, 1, 'seed');
INSERT INTO products (sku, name, price, picture) VALUES
  ('tree', 'A tree', 47.5, x'00ff'), ('leaf', 'A leaf', 0.1, NULL), ('seed', 'A seed', 3, x'');
INSERT INTO coupons (code, percent) VALUES ('SPRING', 10);
