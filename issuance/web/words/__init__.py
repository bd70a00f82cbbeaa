"""Every code in words, in the language of the reader."""
