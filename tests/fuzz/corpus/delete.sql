DELETE o, i FROM orders AS o INNER JOIN order_items AS i ON o.user_id = i.user_id WHERE o.user_id = 1 XOR i.n REGEXP '^a' OR i.n SOUNDS LIKE 'b' OR i.m NOT LIKE '%\_' ESCAPE '|'
