"""The register: who may have what, and everything that happened."""
