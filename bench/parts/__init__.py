"""What benchmarks share: a running product, light clients, browsers, and the other sides."""
