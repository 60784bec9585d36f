"""A job's report: one page, one JSON file, and its figures and tables as files."""
