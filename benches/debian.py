"""Tools of Debian that are not installed: their packages are unpacked beside what cargo builds, which needs no root."""

import os
import subprocess
import sys


def unpacked(package, folder):
    """The folder with the package's files, or None where apt has no way to get it."""
    folder = os.path.join(folder, package)
    done = os.path.join(folder, "unpacked")
    if os.path.exists(done):
        return folder
    os.makedirs(folder, exist_ok=True)
    print("%s is missing, and is unpacked in %s" % (package, folder), file=sys.stderr)
    download = ["apt-get", "download", package]
    try:
        if subprocess.run(download, cwd=folder, stdout=subprocess.DEVNULL).returncode:
            # An image may come without apt's lists, which root can fetch.
            subprocess.run(["apt-get", "update"], stdout=subprocess.DEVNULL)
            subprocess.run(download, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        file = [name for name in os.listdir(folder) if name.endswith(".deb")][0]
        subprocess.run(["dpkg", "-x", file, "."], cwd=folder, check=True)
    except (OSError, subprocess.CalledProcessError, IndexError) as error:
        print("%s could not be had: %s" % (package, error), file=sys.stderr)
        return None
    with open(done, "w"):
        return folder
