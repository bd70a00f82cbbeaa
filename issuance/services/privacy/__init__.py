"""The holder's rights over their data: demands, access reports, disclosures, restrictions, breaches (ADR 0097)."""
