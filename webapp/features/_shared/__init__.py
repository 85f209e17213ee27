"""What several features share. No feature itself: it has no gate."""
