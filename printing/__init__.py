"""The composer: record in, artefact out. Pure: no clock, no database, no I/O but fonts and layouts."""
