"""The paper's tables, measured on what is present: what is to be measured, what it came to, and how it is shown."""
