"""The languages of the public pages: what they have to say in each, and who has read it (ADR 0071)."""
