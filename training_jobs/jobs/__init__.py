"""Jobs: long work in processes of its own, told and steered through run folders (nothing here imports torch)."""
