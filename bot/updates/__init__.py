"""Receiving updates from Telegram."""
