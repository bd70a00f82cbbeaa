"""Rights and duties read to somebody, and who was not told of them yet; shared by desk and officers."""
