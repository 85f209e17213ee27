"""What knows nothing of Soundcheck: database, event bus, time slices, translations."""
