"""Who is connected over Socket.IO, and the order of their events."""
