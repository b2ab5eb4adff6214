SET SESSION sql_mode = 'ANSI_QUOTES', @a = 1, NAMES utf8mb4 COLLATE utf8mb4_bin
