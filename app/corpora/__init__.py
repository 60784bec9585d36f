"""Corpora as the window shows them: read and listened to in a process of their own."""
