"""Starts the worker without leaving our folder on the path of the user's script. Syntax: as old as it gets, to refuse
an old Python politely.
"""

import os
import sys


def load_package():
    """Makes `batchwise_worker` importable when this folder was run by its path, which put the folder itself first on
    sys.path: there our wire.py would win over a user's wire.py."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "batchwise_worker", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["batchwise_worker"] = package
    spec.loader.exec_module(package)


# The guard matters: multiprocessing imports the main module again in the children it spawns.
if __name__ == "__main__":
    if sys.version_info < (3, 8):
        sys.stderr.write("batchwise: the worker needs Python 3.8 or later, this is %s\n" % sys.version.split()[0])
        sys.exit(64)
    if not __package__:
        load_package()
    from batchwise_worker.process import main

    main(sys.argv[1:])
