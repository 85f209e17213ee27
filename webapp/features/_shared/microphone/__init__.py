"""The microphone on stage: shared by the features that bring people there, no feature itself."""
