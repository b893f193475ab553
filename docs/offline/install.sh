#!/bin/sh
# Sets up zzlib from this folder alone: no network, no HOME, no configuration.  不联网安装，一切取自本文件夹。
#   sh install.sh [PYTHON]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${1:-python3}
needed=$(cat "$here/PLATFORM")
found=$("$python" -c 'import sys, sysconfig; print("Python %d.%d" % sys.version_info[:2], sysconfig.get_platform())') || found="no $python"
[ "$found" = "$needed" ] || {
    echo "This bundle is for $needed; here is $found. Name another: sh install.sh PYTHON" >&2
    echo "本安装包适用于 $needed，本机为 $found。可另行指定：sh install.sh PYTHON路径" >&2
    exit 1
}
(cd "$here" && sha256sum --check --quiet SHA256SUMS)
"$python" -m venv "$here/zzlib/.venv"
bin=$here/zzlib/.venv/bin
"$bin/python" -m pip --isolated --quiet --disable-pip-version-check install --no-cache-dir --no-deps "$here"/wheels/uv-*.whl
export UV_NO_INDEX=1 UV_FIND_LINKS="$here/wheels" # every package comes from here
install() {
    "$bin/uv" --no-config --no-cache --offline --quiet pip install --python "$bin/python" --compile-bytecode "$@"
}
install --require-hashes -r "$here/requirements.lock"
install --no-deps --editable "$here/zzlib"
echo "Done. 安装完成。  $bin/zzlib run midterm"
