"""Learning without a window: corpora, splits, training, evaluation and the engine process."""
