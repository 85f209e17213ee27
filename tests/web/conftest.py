from tests.common.fixtures import house, stranger

__all__ = ["house", "stranger"]
