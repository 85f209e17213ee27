"""Where the process that computes figures starts: a program, run by its path.

`python -m webapp.figures.child` would import `webapp` first, and that is the whole web app: a
second of work and 60 MB that figures have no use for. So the package is put in place without it.
"""

import sys
from pathlib import Path
from types import ModuleType

WEBAPP = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    sys.path[0] = str(WEBAPP.parent)
    bare = ModuleType("webapp")
    bare.__path__ = [str(WEBAPP)]
    sys.modules["webapp"] = bare
    from config.priority import stand_back
    from webapp.figures.compute import main

    stand_back()
    sys.exit(main())
