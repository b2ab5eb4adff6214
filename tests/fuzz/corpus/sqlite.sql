INSERT OR REPLACE INTO "orders" ([id], `user_id`) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id WHERE excluded.user_id IS NOT 3 RETURNING *, rowid AS r
