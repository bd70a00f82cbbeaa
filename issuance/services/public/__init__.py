"""What holders and strangers may know."""
