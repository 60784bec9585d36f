"""From anybody's folder to utterances with our labels: which corpus it is, what it holds, what is left out and why."""
