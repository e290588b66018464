"""The encoders: they turn text into vectors."""
