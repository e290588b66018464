"""Updates from Telegram: by polling or webhook, into a durable queue."""
