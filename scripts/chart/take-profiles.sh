# Runs in the scanner of the test pod, before the scan: copies the profiles of ConfigMaps to where the scanner looks for them.
# Keys of a ConfigMap have no slashes: two underscores stand for one, and Ruby files beside inspec.yml are controls.
for from in /custom-profile/*; do
  [ -d "$from" ] || continue
  to=/scan/profile-${from##*/}; to=${to%%_*}; mkdir -p "$to/controls"
  for file in $(cd "$from" && find -L . -path "./..*" -prune -o -type f -print); do
    into=$(printf %s "${file#./}" | sed "s#__#/#g")
    case $into in */*) ;; *.rb) into=controls/$into ;; esac
    mkdir -p "$(dirname "$to/$into")" && cat "$from/$file" >"$to/$into" || exit 90
  done
  [ -f "$to/inspec.yml" ] || printf "name: %s\nversion: 0.0.0\n" "${from##*_}" >"$to/inspec.yml"
done
