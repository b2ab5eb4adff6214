SELECT 'abc \' /* not a comment
