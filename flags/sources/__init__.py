"""Where definitions come from, and where they are edited: one protocol, one contract test."""
