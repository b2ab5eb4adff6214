INSERT IGNORE INTO shop.`orders` PARTITION (p0) SET user_id = 1, note = (SELECT MAX(note) FROM notes) RETURNING id
