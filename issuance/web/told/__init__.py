"""What holders told at the status page, for the desk."""
