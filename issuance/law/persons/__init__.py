"""The law about persons: who belongs to whom, where they live, what they are told, what becomes of a status."""
