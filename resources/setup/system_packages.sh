#!/bin/sh
# Finds the system libraries that are missing and installs them, where that is allowed; else prints the apt line and
# stops. Libraries are looked for by their file, so that it does not matter what a release calls the package.
# usage: system_packages.sh [PYTHON]; the Python that is to make the virtual environment
set -eu
python=${1:-python3}

# Qt itself, its X11 and Wayland platforms, and sounddevice's PortAudio.
libraries='
libEGL.so.1 libegl1
libGL.so.1 libgl1
libX11-xcb.so.1 libx11-xcb1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libfreetype.so.6 libfreetype6
libglib-2.0.so.0 libglib2.0-0
libgthread-2.0.so.0 libglib2.0-0
libportaudio.so.2 libportaudio2
libwayland-client.so.0 libwayland-client0
libwayland-cursor.so.0 libwayland-cursor0
libwayland-egl.so.1 libwayland-egl1
libxcb-cursor.so.0 libxcb-cursor0
libxcb-glx.so.0 libxcb-glx0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-render.so.0 libxcb-render0
libxcb-shape.so.0 libxcb-shape0
libxcb-shm.so.0 libxcb-shm0
libxcb-sync.so.1 libxcb-sync1
libxcb-util.so.1 libxcb-util1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxkbcommon.so.0 libxkbcommon0
'

missing() {
    present=$(/sbin/ldconfig -p)
    echo "$libraries" | while read -r file package; do
        case $present in
            *"	$file "*) ;;
            *) [ -z "$file" ] || echo "$package" ;;
        esac
    done | sort -u
    # Debian's python3 comes without what makes a virtual environment
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    fonts=$(find /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" "${HOME:-/root}/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' \) -print -quit 2>/dev/null || true)
    [ -n "$fonts" ] || echo fonts-dejavu-core
}

[ "$(uname -s)" = Linux ] || exit 0
packages=$(missing | tr '\n' ' ')
packages=${packages% }
[ -n "$packages" ] || exit 0

line="apt-get update && apt-get install -y --no-install-recommends $packages"
if ! command -v apt-get >/dev/null; then
    echo "Missing here, by their Debian names: $packages" >&2
    echo "Install them with this system's package manager, then try again." >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    rights=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    rights='sudo -n'
else
    echo 'Some system libraries are missing. Install them with this line, then try again:' >&2
    echo "  sudo sh -c '$line'" >&2
    exit 1
fi
echo "Installing system libraries: $packages"
export DEBIAN_FRONTEND=noninteractive
$rights sh -ec "$line" >/dev/null || {
    echo "The system libraries could not be installed. The line was:" >&2
    echo "  $line" >&2
    exit 1
}
