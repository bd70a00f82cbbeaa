"""The languages of the public pages: what they have to say in each (ADR 0071)."""
