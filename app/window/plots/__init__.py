"""The plots along the shared time axis."""
