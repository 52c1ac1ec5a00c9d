#!/bin/sh
# Makes an environment with a real PyTorch for the CPU alone, once, and prints the path of its python.
#
#     tests/oracle/torch.sh DIRECTORY
#
# PyPI's torch for Linux comes with gigabytes for graphics cards. Debian's does not: python3-torch of trixie (2.6, CPython
# 3.13) and all that it needs, down to the C library, is 210 MB of packages, which are unpacked into the directory (1 GB)
# and run from there. Nothing is installed on the machine, but apt-get must be there, and either a Debian of any release or
# BRINERY_DEBIAN with the address of a mirror (and Debian's archive keyring).
set -eu
release=trixie
root=$1
for tool in apt-get dpkg-deb flock sha256sum; do
    if ! command -v "$tool" >/dev/null; then
        echo "torch.sh: there is no $tool here" >&2
        exit 1
    fi
done

mkdir -p "$root"
root=$(cd "$root" && pwd)
exec 9>"$root.lock"
flock 9

stamp=$(sha256sum "$0" | cut -d ' ' -f 1)
if [ "$(cat "$root/stamp" 2>/dev/null || true)" = "$stamp" ]; then
    echo "$root/bin/python"
    exit
fi

mirror=${BRINERY_DEBIAN:-$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' |
    sed -n 's/^Debian Debian //p' | head -n 1)}
if [ -z "$mirror" ]; then
    echo "torch.sh: this machine takes packages from no Debian mirror; name one in BRINERY_DEBIAN" >&2
    exit 1
fi
echo "torch.sh: unpacking Debian $release's python3-torch into $root" >&2
rm -rf "${root:?}"
apt=$root/apt
mkdir -p "$root/bin" "$apt/lists/partial" "$apt/archives/partial" "$apt/parts"
# Nothing counts as installed, so that nothing of the machine is counted on.
: >"$apt/status"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] $mirror $release main" >"$apt/sources.list"
cat >"$apt/apt.conf" <<END
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
APT::Sandbox::User "";
Dir::Etc::main "$apt/apt.conf";
Dir::Etc::parts "$apt/parts";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferencesparts "$apt/parts";
Dir::State::status "$apt/status";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt";
END
(
    export APT_CONFIG="$apt/apt.conf"
    apt-get -qq update
    apt-get -qq install --yes --no-install-recommends --download-only python3-torch
) >&2
for package in "$apt"/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
done
rm -rf "$apt"

loader=$(ls "$root"/usr/lib64/ld-linux-*.so.* "$root"/usr/lib/ld-linux-*.so.* 2>/dev/null | head -n 1)
libraries=$(dirname "$(ls "$root"/usr/lib/*/libc.so.6)")
# What Debian chooses by links that its installer would have made.
path=$libraries:$libraries/blas:$libraries/lapack:$root/usr/lib
cat >"$root/bin/python" <<END
#!/bin/sh
export PYTHONHOME='$root/usr' PYTHONPATH='$root/usr/lib/python3/dist-packages'
exec '$loader' --library-path '$path' '$root/usr/bin/python3' "\$@"
END
chmod +x "$root/bin/python"
"$root/bin/python" -c 'import torch; print("torch.sh: torch", torch.__version__)' >&2
echo "$stamp" >"$root/stamp"
echo "$root/bin/python"
