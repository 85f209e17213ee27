"""HTTP for every package: errors, security, forms, trusted proxies, and the server itself."""
