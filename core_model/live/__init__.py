"""Emotion in sound that is still coming in: the ring buffer it passes through, and what listens to it."""
