"""Sound for people in Spaces: WebRTC seats, HLS streams, and how well they hear."""
