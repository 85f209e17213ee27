"""What benchmarks share: a running product, light clients, browsers, and what they are compared with."""
