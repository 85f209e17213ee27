"""Sound: rooms, mountpoints and people's places in them. Plain asyncio; imports nothing of ours."""
