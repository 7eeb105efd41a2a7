#!/usr/bin/env bash
# Shows that the image will hold what it should, on a machine without a
# container engine: runs the Dockerfile's own build command for both
# platforms, lays out its last stage in an empty directory, and runs the
# binary there as the image's user, with nothing else beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

user=$(sed -n 's/^USER //p' Dockerfile)
command=$(sed -n 's/^ *\(go build .*\) -o .*/\1/p' Dockerfile)
[[ -n $user && -n $command ]] || { echo "test/image.sh: no USER or go build in the Dockerfile"; exit 1; }

work=$(mktemp -d)
served=
cleanup() {
	[[ -z $served ]] || kill -KILL "$served" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

VERSION=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
export VERSION
for arch in amd64 arm64; do
	echo "build linux/$arch: $command"
	export CGO_ENABLED=0 GOOS=linux GOARCH=$arch
	eval "$command -o $work/$arch ./cmd/headstart"
	[[ $(go version -m "$work/$arch") == *"GOARCH=$arch"* ]]
	# A dynamic section would ask for a loader that an empty image lacks.
	if readelf -d "$work/$arch" | grep -q NEEDED; then
		echo "linux/$arch is not static"
		exit 1
	fi
	echo "  $(du -h "$work/$arch" | cut -f1), static"
done
unset GOOS GOARCH

if [[ $EUID != 0 ]]; then
	echo "RUNNING THE IMAGE'S ROOT SKIPPED: CHROOT NEEDS ROOT"
	exit 0
fi

root=$work/root
mkdir -p "$root/etc/ssl/certs" "$root/etc/headstart"
cp "$work/$(go env GOARCH)" "$root/headstart"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
# The default command names this file; port 0 of the sources is never there.
cat >"$root/etc/headstart/server.yaml" <<'YAML'
apiVersion: headstart/v1
kind: Server
spec:
  kubernetes: {mode: "off"}
  sources:
    - name: metrics
      prometheus: {serverAddress: "https://127.0.0.1:1"}
---
apiVersion: headstart/v1
kind: Policy
metadata: {name: api}
spec:
  maxReplicas: 10
  workloads: [shop/api]
  signals:
    - name: requests
      type: rate
      prometheus: {query: vector(1)}
      capacity: 10
YAML
chmod -R a+rX "$work"

chroot=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)
inside() { exec env -i "$chroot" --userspec="$user" "$root" /headstart "$@"; }

echo "run as $user in an empty root"
said=$(inside version)
echo "  version: ${said%%$'\n'*}"
[[ $said == *"$VERSION"* ]] || { echo "version does not say $VERSION"; exit 1; }


: >"$work/log"
read -ra default <<<"$(sed -n 's/^CMD //p' Dockerfile | tr -d '[],"')"
inside "${default[@]}" --grpc-listen 127.0.0.1:0 --http-listen 127.0.0.1:0 >"$work/log" 2>&1 &
served=$!
for ((tries = 0; tries < 100; tries++)); do
	http=$(sed -n 's/.*"http":"\([^"]*\)".*/\1/p' "$work/log" | head -1)
	[[ -z $http ]] || break
	kill -0 "$served" 2>/dev/null || break
	sleep 0.1
done
[[ -n $http ]] || { echo "serve did not come up:"; cat "$work/log"; exit 1; }
[[ $(stat -c %u "/proc/$served") == "${user%%:*}" ]] || { echo "serve runs as another user than $user"; exit 1; }

exec 3<>"/dev/tcp/${http%:*}/${http#*:}"
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
read -r status <&3
exec 3>&-
echo "  /healthz: ${status%$'\r'}"
[[ $status == *" 200 "* ]] || exit 1

kill -TERM "$served"
code=0
wait "$served" || code=$?
served=
echo "  ended with code $code on SIGTERM"
[[ $code == 0 ]] || { cat "$work/log"; exit 1; }
echo "the image's content is as it should be; no container engine took part"
