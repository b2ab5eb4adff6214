# Installation; completed with the package files.
