"""Pages of counts: blanks counted blind, days that are closed, and how long the blanks last."""
