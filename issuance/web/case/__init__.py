"""What any page about one case shares."""
