"""The gated features, a folder each. While its gate is closed for a person, the folder does not
exist for them. `_shared` holds what several of them have in common: each of its folders exists for
whoever has one of the features that name it (`Folder.shares`).
"""
