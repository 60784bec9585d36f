"""Speech encoders (HuBERT and its kin): which are present, how they are fetched, how they are run."""
