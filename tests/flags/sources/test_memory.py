from __future__ import annotations

import pytest

from flags.sources.memory import MemoryStore
from tests.flags.sources.contract_store import DefinitionStoreContract


class TestMemoryStore(DefinitionStoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
