import sys
import os
import json
from importlib.util import find_spec

base = getattr(sys, "_base_executable", None) or sys.executable
if sys.prefix != sys.base_prefix and base == sys.executable:
    base = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
print(json.dumps({
    "path": os.path.realpath(base),
    "version": ".".join(str(n) for n in sys.version_info[:3]),
    "implementation": sys.implementation.name,
    "has_venv": find_spec("venv") is not None,
    "has_pip": find_spec("venv") is not None and find_spec("ensurepip") is not None,
}))
