"""What is read from photographs of other states' documents."""
