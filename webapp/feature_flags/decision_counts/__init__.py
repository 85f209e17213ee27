"""What gates have answered lately: counts by the minute, kept for a day.

models, store, service (Decisions: `note` takes the gate's counts, `chart` gives them in steps)
"""
