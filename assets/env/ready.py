# What is in an environment: run by the interpreter of the environment itself, whatever its version.
# With its folder alone it prints its version and its packages; with JSON behind that it writes the marker of one that is complete.
import glob
import json
import os
import sys
import sysconfig


def value(lines, key):
    return next((line[len(key):].strip() for line in lines if line.lower().startswith(key)), "")


def source(folder, name):
    """How a package is asked for that did not come from an index."""
    try:
        with open(os.path.join(folder, "direct_url.json"), encoding="utf-8") as file:
            direct = json.load(file)
    except (OSError, ValueError):
        return None
    url, vcs = direct.get("url", ""), direct.get("vcs_info")
    if vcs:
        url = "%s+%s@%s" % (vcs["vcs"], url, vcs["commit_id"])
    return ("-e %s" % url) if direct.get("dir_info", {}).get("editable") else "%s @ %s" % (name, url)


packages = []
for library in sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}):
    for folder in glob.glob(os.path.join(glob.escape(library), "*.dist-info")):
        try:
            with open(os.path.join(folder, "METADATA"), encoding="utf-8", errors="replace") as file:
                lines = file.read().split("\n\n")[0].splitlines()
        except OSError:
            continue
        name = value(lines, "name:")
        if name:
            packages.append({"name": name, "version": value(lines, "version:"), "source": source(folder, name)})
packages.sort(key=lambda package: package["name"].lower())

env = sys.argv[1]
if len(sys.argv) == 2:
    print(json.dumps({"version": ".".join(str(n) for n in sys.version_info[:3]), "packages": packages}))
    sys.exit()

about = json.loads(sys.argv[2])
# What an environment begins with, and nobody asked for.
given = {"pip"} if sys.version_info >= (3, 12) else {"pip", "setuptools", "wheel"}
given -= set(about.pop("named"))
about["packages"] = [package for package in packages if package["name"].lower().replace("_", "-") not in given]

# Everything is on the disk before the marker is, and the marker has its name when it is whole.
getattr(os, "sync", lambda: None)()
draft = os.path.join(env, "ready.json.new")
with open(draft, "w", encoding="utf-8") as file:
    json.dump(about, file)
    file.flush()
    os.fsync(file.fileno())
os.rename(draft, os.path.join(env, "ready.json"))
os.fsync(os.open(env, os.O_RDONLY))
count = len(about["packages"])
print("ready: %d package%s" % (count, "" if count == 1 else "s"))
