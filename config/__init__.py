"""The settings: their defaults, where they are read from, and how they are checked."""
