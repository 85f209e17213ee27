"""The analysis of an experiment, in a process of its own."""
