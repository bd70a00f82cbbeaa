"""Beneficiaries who ask for their family abroad, and what becomes of it."""
