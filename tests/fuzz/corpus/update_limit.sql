UPDATE orders SET n = n - 1 WHERE user_id = ? AND n > 0 ORDER BY id LIMIT 3;
