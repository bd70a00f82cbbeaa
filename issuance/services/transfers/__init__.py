"""Cases that go to another centre: asked for by their supervisor, judged, moved family by family, noted there."""
