"""Departures: a day on which somebody leaves the country, agreed by two, before which the document is needed."""
