"""The commands of the office: `flask --app app NAME`."""
