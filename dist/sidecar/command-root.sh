# Sourced by scan.sh: gives $SCAN_COMMAND_ROOT, the image mounted a second time for commands, what a container's root has: device
# nodes in /dev, and the image's own files in a writable /tmp. Unsets the variable where that cannot be had truly.
devices() {
  chmod 755 "$1"
  mkdir -p -m 1777 "$1/shm"
  for node in null:3 zero:5 full:7 random:8 urandom:9; do
    name=$1/${node%:*}
    # with podman they are there
    [ -c "$name" ] || mknod -m 666 "$name" c 1 "${node#*:}"
    # a node may be made and yet not be opened: `nodev`, a device cgroup
    true <"$name" || rm -f "$name"
  done
} 2>/dev/null

# The volume hides the image's own /tmp: its files are copied. The scanner cannot give files away or copy special ones.
temporary() {
  of=$(stat -c '%u %g %a' "$1")
  [ "${of% *}" = '0 0' ] || return 1
  if holds_files "$1"; then
    [ -z "$(find "$1" ! -type d ! -type f ! -type l -o ! -user 0 -o ! -group 0 | head -n 1)" ] || return 1
    [ "$(du -sk "$1" | cut -f1)" -lt 16384 ] || return 1
  fi
  cp -a "$1/." "$2/" && chmod "${of##* }" "$2"
} 2>/dev/null

holds_files() {
  for name in "$1"/* "$1"/.[!.]* "$1"/..?*; do { [ -e "$name" ] || [ -L "$name" ]; } && return 0; done
  return 1
}

for folder in ${SCAN_COMMAND_FOLDERS:-}; do
  case $folder in
    dev) devices "$SCAN_COMMAND_ROOT/dev" ;;
    tmp) temporary /target/tmp "$SCAN_COMMAND_ROOT/tmp" || unset SCAN_COMMAND_ROOT ;;
  esac
done
