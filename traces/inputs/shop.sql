-- A shop in memory: customers, products, orders; filled by recursion, queried, changed, cleaned up.
PRAGMA journal_mode = MEMORY;
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL);
CREATE TABLE product (id INTEGER PRIMARY KEY, title TEXT NOT NULL, price INTEGER NOT NULL);
CREATE TABLE sale (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer, product INTEGER REFERENCES product,
                   amount INTEGER NOT NULL, day TEXT NOT NULL, note TEXT);
INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
  SELECT i, printf('Customer %05d of %s', i, substr('AmsterdamBerlinLisbon', 1 + i % 12, 9)),
         substr('NorthSouthEastWest', 1 + i % 14, 5) FROM n;
INSERT INTO product WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
  SELECT i, printf('Product %x, size %d', i * 2654435761 % 65536, i % 12), 100 + i * 37 % 5000 FROM n;
BEGIN;
INSERT INTO sale WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
  SELECT i, 1 + i * 7919 % 1500, 1 + i * 104729 % 400, 1 + i % 9, date('2024-01-01', printf('%d days', i % 365)),
         CASE WHEN i % 5 = 0 THEN printf('deliver to door %d', i % 77) END FROM n;
COMMIT;
CREATE INDEX sale_customer ON sale (customer);
CREATE INDEX sale_day ON sale (day, product);
CREATE VIEW revenue AS SELECT s.id, s.day, c.city, p.title, s.amount * p.price AS total
  FROM sale s JOIN customer c ON c.id = s.customer JOIN product p ON p.id = s.product;
CREATE TRIGGER price_change AFTER UPDATE OF price ON product BEGIN
  UPDATE sale SET note = 'price was ' || old.price WHERE product = old.id AND day > '2024-11-01';
END;
SELECT city, count(*), sum(total) FROM revenue GROUP BY city ORDER BY 3 DESC;
SELECT substr(day, 1, 7) AS month, count(DISTINCT title), max(total) FROM revenue GROUP BY month;
SELECT group_concat(title, ', ') FROM (SELECT title FROM product ORDER BY price DESC LIMIT 20);
UPDATE product SET price = price + 10 WHERE id % 4 = 0;
WITH ranked AS (SELECT customer, sum(amount) AS pieces, rank() OVER (ORDER BY sum(amount) DESC) AS place
                FROM sale GROUP BY customer)
  SELECT c.name, r.pieces FROM ranked r JOIN customer c ON c.id = r.customer WHERE place <= 10;
SELECT json_group_array(json_object('id', id, 'name', name)) FROM (SELECT * FROM customer LIMIT 200);
DELETE FROM sale WHERE day < '2024-04-01';
SELECT count(*), avg(length(note)), total(amount) FROM sale WHERE note LIKE '%price%';
INSERT INTO sale SELECT id + 100000, customer, product, amount + 1, date(day, '1 year'), upper(note)
  FROM sale WHERE id % 3 = 0;
SELECT c.city, p.title, count(*) FROM sale s, customer c, product p
  WHERE s.customer = c.id AND s.product = p.id AND p.price > 4000 GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 15;
DROP INDEX sale_day;
VACUUM;
PRAGMA integrity_check;
