"""Pages about what case handling told: what is held or was refused, and what it proposes of a person."""
