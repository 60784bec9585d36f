"""The page Live: an input or a file, what it sounds like, what emotion the model hears in it, and takes of it."""
