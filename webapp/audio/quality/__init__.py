"""How well people hear: what their browsers measured, scored, kept by the minute, told live.

schemas, models, store, service (Quality: `note` takes a batch, `live` tells how a Space sounds)
"""
