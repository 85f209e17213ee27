from tests.harness.fixtures import house, stranger

__all__ = ["house", "stranger"]
