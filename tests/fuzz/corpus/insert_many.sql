INSERT INTO orders (id, user_id, note) VALUES (1, 2, 'a'), (DEFAULT, ?, x'00'), (3, -4, NULL) ON DUPLICATE KEY UPDATE note = VALUES(note), n = n + 1
