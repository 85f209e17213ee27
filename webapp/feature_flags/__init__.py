"""The definitions of gated features, kept in the app's own database."""
