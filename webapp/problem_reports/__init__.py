"""Problems that people report, with what QA needs to see them too.

schemas, redaction, models, store, service (Reports), routes (sending one; reading what QA answered)
"""
