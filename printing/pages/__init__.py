"""The bytes of a page: PDF, text, fonts, symbols, pictures."""
