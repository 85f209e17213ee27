"""Gates: decides who has which feature now, and holds pages, files and events to it."""
