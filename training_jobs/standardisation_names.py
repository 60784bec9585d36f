"""By whose statistics features can be standardised; without torch, so that commands and windows know the names."""

# By the speaker's own statistics, by the corpus', or by those that the model carries from its training.
SPEAKER, CORPUS, NONE = "speaker", "corpus", "none"
CHOICES = (SPEAKER, CORPUS, NONE)
CHOSEN = "chosen"  # whichever of them is best inside the training data: see `standardisation.choose`
