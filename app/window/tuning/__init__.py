"""The page Fine-tune: a corpus, what is made of it, the jobs that do so, and what came out."""
