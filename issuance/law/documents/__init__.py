"""The law about documents: kinds of request, grounds of an end, terms of keeping."""
