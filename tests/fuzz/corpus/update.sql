UPDATE LOW_PRIORITY orders o JOIN users u USING (user_id) SET o.status = 'paid', u.n = DEFAULT(n) WHERE o.user_id = 7 AND o.id IN (1, 2, 3)
