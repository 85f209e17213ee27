"""What numbers say, and when they say nothing. Pure: numpy and scipy, no database, no web.

sufficient_statistics   what is left of a group of people: sums, means, variances
intervals               the difference of two groups, with an interval that holds at every look
srm                     whether the groups are as large as they should be (sample ratio mismatch)
"""
