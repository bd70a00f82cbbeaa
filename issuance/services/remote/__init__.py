"""From a distance: officers of one centre who decide and check for another, and what is shown to them."""
