"""Handlers of updates, one file a kind of update."""
