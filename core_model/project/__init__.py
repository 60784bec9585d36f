"""Projects: recordings, what raters and models say of them, in one SQLite file."""
