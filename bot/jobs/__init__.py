"""Jobs that run beside the handlers."""
