"""The gated features, a folder each. While its gate is closed for a person, the folder does not
exist for them.
"""
