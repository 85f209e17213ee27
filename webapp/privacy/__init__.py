"""What is kept about people: the list of it, for how long, how to get it and how to delete it."""
