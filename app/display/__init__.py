"""What the window shows, computed without Qt: time-axis arithmetic, peaks, spectra, read-outs."""
