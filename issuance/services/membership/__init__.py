"""Which requests are in which group: what every wing that carries a request on has to know (ADR 0100)."""
