#!/usr/bin/env bash
# scripts/try-image.sh [workbench] [tensorflow]: builds the targets of the Dockerfile, both when none is named, and uses them
# without Docker: says what each takes over its base, has a digit read, trains an epoch and stops it amid another one, as the
# image's own user on a file system that nothing but /data can be written to. Needs root on Debian or its like.
#
# The base is made by debootstrap and npm's "node" and tagged like the real one, which need not be within reach. How this
# machine reaches its registries (npm's and pip's settings, certificates) is lent to the build and is not in the image.
# DEBIAN_MIRROR names another mirror than debootstrap's own. All of it happens in a folder that is gone afterwards.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MOST_MB=130 # of the workbench, over its base
LONGEST_STOP=10

fail() {
  echo "try-image: $*" >&2
  exit 1
}

targets=("$@")
[ $# -gt 0 ] || targets=(tensorflow workbench)
for target in "${targets[@]}"; do
  case $target in workbench | tensorflow) ;; *) fail "There is no target $target: name workbench, tensorflow or both." ;; esac
done
[ "$(uname -s)" = Linux ] || fail "This needs Linux, not $(uname -s)."
[ "$(id -u)" = 0 ] || fail "This needs root: debootstrap and chroot do."
missing=()
for command in buildah debootstrap unshare chroot mount npm node; do
  command -v $command >/dev/null || missing+=($command)
done
[ ${#missing[@]} = 0 ] ||
  fail "Not installed: ${missing[*]}. Debian: apt-get install buildah debootstrap util-linux nodejs npm."
unshare --mount --pid --fork true 2>/dev/null || fail "This system lets nobody make mount and process namespaces."

work=$(mktemp -d "${TMPDIR:-/tmp}/try-image.XXXXXX")
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
store() { # <command of buildah> …
  local command=$1
  shift
  buildah --root "$work/storage" --runroot "$work/run" "$command" "$@"
}

server= # what unshare runs
cleanup() {
  if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null || true; fi
  if [ -d "$work/storage" ]; then
    store umount --all >/dev/null 2>&1 || true
  fi
  # A build that was broken off may have left something mounted: removing would go into it.
  awk -v "work=$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | while IFS= read -r mount; do
    umount --lazy -- "$(printf '%b' "$mount")" || true
  done
  if ! grep -qF " $work/" /proc/mounts; then rm -rf --one-file-system -- "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step() { echo "— $*"; }

# quietly <sentence> <command> …: shows what the command printed only when it fails
quietly() {
  local sentence=$1 status=0
  shift
  "$@" </dev/null >"$work/log" 2>&1 || status=$?
  [ "$status" = 0 ] && return
  tail -n 40 "$work/log" >&2
  fail "$sentence"
}

# What the Dockerfile calls its base, and the Node that package.json has.
base=$(awk '$1 == "FROM" { print $2; exit }' "$ROOT/Dockerfile")
release=$(sed -E 's/.*-(\w+)-slim$/\1/' <<<"$base")
node_version=$(node -p 'require(process.argv[1]).dependencies.node' "$ROOT/package.json")
case $base in "node:${node_version%%.*}-"*) ;; *) fail "The Dockerfile's base is $base, package.json's Node $node_version." ;; esac

step "Base: $base of debootstrap's $release and npm's node $node_version"
rootfs=$work/base
quietly "debootstrap could not make a base; is a mirror of Debian within reach?" \
  debootstrap --variant=minbase "$release" "$rootfs" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
rm -rf "$rootfs"/var/cache/apt/archives/*.deb "$rootfs"/var/lib/apt/lists/*
# What npm's "node" would install in a script of its own, which not every npm allows.
architecture=$(node -p process.arch)
quietly "npm could not install Node; is the registry within reach?" env -u NODE_ENV \
  npm install --global --prefix "$rootfs/usr/local" --no-audit --no-fund --ignore-scripts \
  "node-linux-$architecture@$node_version" npm@11
quietly "npm's node package brought no Node that runs." chroot "$rootfs" /usr/local/bin/node --version
chroot "$rootfs" useradd --uid 1000 --create-home --shell /bin/bash node
container=$(store from scratch)
store add "$container" "$rootfs" / >/dev/null
store config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --env "NODE_VERSION=$node_version" \
  --cmd node "$container"
quietly "buildah could not keep the base." store commit --rm --format docker "$container" "docker.io/library/$base"

# Settings lent to the build: files that are mounted while it runs, none of them copied.
lent=$work/lent
mkdir "$lent"
volumes=()
lend() { volumes+=(--volume "$1:$2:ro"); }
for file in "$(npm config get cafile)" "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
  [ -f "$file" ] || continue
  cp "$file" "$lent/certificates.pem"
  lend "$lent/certificates.pem" /run/lent/certificates.pem
  break
done
{
  # The user's file last: of two lines the last counts.
  for file in "$(npm config get globalconfig)" "$(npm config get userconfig)"; do
    if [ -f "$file" ]; then
      grep -vE '^ *(cafile|prefix|cache|nodedir) *=' "$file" || true
      echo
    fi
  done
  echo "registry=$(npm config get registry)"
  if [ -f "$lent/certificates.pem" ]; then echo cafile=/run/lent/certificates.pem; fi
} >"$lent/npmrc"
lend "$lent/npmrc" /root/.npmrc
{
  echo '[global]'
  pip_settings=$(python3 -m pip config list 2>/dev/null || true)
  for name in index-url extra-index-url trusted-host; do
    value=$(sed -nE "s/^(global|install|download|:env:)\.$name='(.*)'$/\2/p" <<<"$pip_settings" | tail -n 1)
    if [ -n "$value" ]; then echo "$name = $value"; fi
  done
  if [ -f "$lent/certificates.pem" ]; then echo 'cert = /run/lent/certificates.pem'; fi
} >"$lent/pip.conf"
lend "$lent/pip.conf" /etc/pip.conf

# megabytes <image>: what its files take, in units of 1,000,000 bytes
megabytes() {
  local container size
  container=$(store from "$1")
  size=$(du -s --block-size=1 "$(store mount "$container")" | cut -f1)
  store umount "$container" >/dev/null
  store rm "$container" >/dev/null
  echo $(((size + 999999) / 1000000))
}

try() { # <target>
  local target=$1 image=localhost/lenet5-$1 over container root config status started
  step "$target: building (minutes)"
  quietly "$target does not build." store build --layers --format docker --pull=never "${volumes[@]}" \
    --target "$target" --tag "$image" "$ROOT"
  over=$(($(megabytes "$image") - $(megabytes "docker.io/library/$base")))
  step "$target: $over MB over its base"
  if [ "$target" = workbench ] && [ "$over" -gt "$MOST_MB" ]; then fail "That is more than $MOST_MB MB."; fi

  container=$(store from "$image")
  root=$(store mount "$container")
  # Marked so in the lockfile: a package that the server needs as well is not.
  for name in $(node -p 'Object.entries(require(process.argv[1]).packages).flatMap(([name, { dev }]) => (dev ? name : [])).join(" ")' \
    "$ROOT/package-lock.json"); do
    [ ! -e "$root/app/$name" ] || fail "$target has $name in it, which only building needs."
  done
  for command in g++ gcc cc make python3; do
    [ -z "$(chroot "$root" /usr/bin/which "$command" 2>/dev/null)" ] || fail "$target has $command in it."
  done

  config=$(store inspect --type image "$image" | node "$ROOT/scripts/try-image/read-config.mjs") || fail "buildah inspect failed."
  # shellcheck disable=SC1090 # user, folder, environment, command, health
  eval "$config"
  mkdir "$work/data"
  chown "$(chroot "$root" id -u "$user"):$(chroot "$root" id -g "$user")" "$work/data"
  [ "$(stat --format %u "$work/data")" = 1000 ] || fail "$target runs as user $(stat --format %u "$work/data"), not as 1000."
  port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')
  environment+=("PORT=$port" TOKEN=try-the-image)

  step "$target: starting as user $user, read-only"
  : >"$work/server.log"
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1
    shift
    mount --bind "$root" "$root"
    mount --bind "$1" "$root/data"
    mount -t tmpfs tmpfs "$root/tmp"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/dev"
    for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind /dev/$device "$root/dev/$device"; done
    mount -o remount,bind,ro "$root"
    shift
    exec chroot --userspec="$1" --groups= "$root" /usr/bin/env -i --chdir="$2" "${@:3}"
  ' bash "$root" "$work/data" "$user" "$folder" "${environment[@]}" "${command[@]}" </dev/null >"$work/server.log" 2>&1 &
  local outer=$!
  server=$outer
  # Process 1 of its namespace, as in a container.
  local inner=
  for _ in {1..100}; do
    inner=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null | tr -d ' ') || true
    [ -z "$inner" ] || break
    sleep 0.05
  done

  if ! node "$ROOT/scripts/try-image/use.mjs" "http://127.0.0.1:$port" "$target" try-the-image; then
    tail -n 20 "$work/server.log" >&2
    fail "$target does not do what it should."
  fi
  nsenter --target "$inner" --mount --pid -- chroot --userspec="$user" "$root" /usr/bin/env -i --chdir="$folder" \
    "${environment[@]}" "${health[@]}" </dev/null || fail "$target's health check fails while it runs."
  if nsenter --target "$inner" --mount --pid -- chroot --userspec="$user" "$root" /bin/sh -c ': > /app/written' 2>/dev/null; then
    fail "$target's file system can be written to."
  fi
  [ "$(stat --format %u "/proc/$inner")" = 1000 ] || fail "$target does not run as user 1000."

  started=$(date +%s%N)
  kill -TERM "$inner"
  status=0
  wait "$outer" || status=$?
  server=
  local milliseconds=$((($(date +%s%N) - started) / 1000000))
  step "$target: stopped amid an epoch in $milliseconds ms, exit code $status"
  [ "$status" = 0 ] || fail "$target ends with $status after SIGTERM."
  [ "$milliseconds" -lt $((LONGEST_STOP * 1000)) ] || fail "$target takes longer than $LONGEST_STOP s to stop."
  [ -s "$work/data/workbench.sqlite" ] || fail "$target left nothing in /data."
  store umount "$container" >/dev/null
  store rm "$container" >/dev/null
  rm -rf "$work/data"
  summary+=("$target: $over MB over its base; reads, trains, stops in $milliseconds ms")
}

summary=()
for target in "${targets[@]}"; do try "$target"; done
echo
printf '%s\n' "${summary[@]}"
