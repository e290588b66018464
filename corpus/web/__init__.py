"""The HTTP client: it fetches pages politely (robots.txt, pauses), within limits, and from public addresses only."""
