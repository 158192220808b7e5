#!/usr/bin/env bash
# Builds the image of a pedal in a container, on Linux and macOS, without Nix on the machine itself.
#
#   ./build-docker.sh [pistomp-pi3|pistomp-pi4|pistomp-pi5]     default: pistomp-pi4
#
# The image comes out as deploy/<variant>-<date>.img.zst. What was built before is kept in the volume `archibald-nix`. On a
# computer with an ARM processor everything is built as it is; on others it is compiled across, which takes longer.
set -euo pipefail
cd "$(dirname "$0")"
variant=${1:-pistomp-pi4}
engine=${CONTAINER_ENGINE:-docker}
if ! [[ $variant =~ ^[A-Za-z0-9-]+$ ]] || [ ! -d "hosts/$variant" ]; then
  echo "build-docker.sh: there is no variant '$variant'; choose from: $(cd hosts && echo pistomp-pi*)" >&2
  exit 64
fi
if ! command -v "$engine" > /dev/null; then
  echo "build-docker.sh: $engine is not installed; install Docker, or set CONTAINER_ENGINE=podman" >&2
  exit 69
fi
target=$variant
case $("$engine" info --format '{{.Architecture}}' 2> /dev/null || uname -m) in
  aarch64 | arm64) ;;
  *) target=$variant-cross ;;
esac
mkdir -p deploy
echo "Building $target. The first time takes hours and about 40 GB: the real-time kernel is compiled."
# shellcheck disable=SC2016  # expanded inside
"$engine" run --rm --volume "$PWD:/source:ro" --volume "$PWD/deploy:/deploy" --volume archibald-nix:/nix \
  --env VARIANT="$variant" --env TARGET="$target" nixos/nix:2.31.2 sh -euc '
    git config --global --add safe.directory /source
    nix --extra-experimental-features "nix-command flakes" build --print-build-logs --out-link /tmp/result "/source#$TARGET"
    image=$(find -L /tmp/result -name "*.img.zst" | head -n 1)
    cp "$image" "/deploy/$VARIANT-$(date +%Y-%m-%d).img.zst"
  '
ls -lh deploy
