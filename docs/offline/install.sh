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
"$bin/python" -m pip --isolated --quiet --disable-pip-version-check install --no-cache-dir --no-index \
    --find-links "$here/wheels" uv
install() {
    "$bin/uv" --no-config --no-cache --offline --quiet pip install --python "$bin/python" --compile-bytecode \
        --no-index --find-links "$here/wheels" "$@"
}
install --require-hashes -r "$here/requirements.lock"
install --no-deps --editable "$here/zzlib"
if [ -f "$here/plotly-cartesian.min.js" ]; then # pages a third as large
    mkdir -p "$here/zzlib/.venv/share/zzlib"
    cp "$here/plotly-cartesian.min.js" "$here/zzlib/.venv/share/zzlib/"
fi
echo "Done. 安装完成。  $bin/zzlib run midterm"
