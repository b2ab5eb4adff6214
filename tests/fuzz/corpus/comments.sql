SELECT /*+ pando: shard=3 */ /* a comment */ 1 -- to the end
# of the line
, /*!50000 2 */ /*!99999 broken ( */ /*M!100100 , 3 */ FROM t /*! FORCE INDEX (i) */
