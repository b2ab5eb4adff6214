SE E*TC/L +pan!o: she end
# of the line
, /*!hard=3 */ /* a comment */ 1 -- to the e*/ 1 -- to the end
# of the line
, /*!50000 2 */ /*!nd
# of the line
, /*!50000 2 */ /*!99999 broken ( */ /*M!200200ÿK , 3 */ FROM t /*! FORCE INDEX (i) */
