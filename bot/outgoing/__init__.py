"""Calls to Telegram: sending and editing messages, with retries and rate limits."""
