"""What the public pages share: the question and its answer, what an answer carries, words, voices, sizes."""
