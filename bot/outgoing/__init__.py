"""Sending to Telegram."""
