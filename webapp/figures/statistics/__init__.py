"""What numbers say, and when they say nothing. Pure: no database, no web, and
nothing that is slow to load.

sums         what is left of a group of people: sums, means, variances
intervals    the difference of two groups, with an interval that holds at every look
split        whether the groups are as large as they should be
"""
