"""Where the process that computes figures starts: a program, run by its path.

`python -m webapp.experiments.analysis.worker` would import `webapp` first, and that is the whole
web app: a second of work and 60 MB that figures have no use for. So the package is put in place
without it.
"""

import sys
from pathlib import Path
from types import ModuleType

WEBAPP = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    sys.path[0] = str(WEBAPP.parent)
    bare = ModuleType("webapp")
    bare.__path__ = [str(WEBAPP)]
    sys.modules["webapp"] = bare
    from webapp.experiments.analysis.computation import main
    from webapp.infra.process_priority import stand_back

    stand_back()
    sys.exit(main())
