"""Figures that do not fool: who has met which answer of a gate, and how it went with them.

Everybody else calls two things only, `core.figures.met` and `core.figures.outcome`; both only put
into memory what the background writes down.

models, store, exposure_recorder (Figures), analysis, statistics
"""
