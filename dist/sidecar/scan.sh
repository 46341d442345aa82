# Runs in the scanner container: puts the hold program in place, runs InSpec once, and leaves /results/scan-complete, the
# marker, behind the results. It stays until the pod is deleted: what is not fetched yet must not vanish with it.
set -u
# elsewhere in a scanner that idled, see src/scan/inside.ts; command-root.sh has variables of its own
home=${SCAN_DIR:-/scan} out=${SCAN_RESULTS:-/results} secrets=${SCAN_SECRETS:-/scan-secret}
results=$out/scan-results.json
# of a container that ran before this one in the same pod
rm -f "$results" "$results.gz" "$out/scan-complete" "$out/progress" "$out/census.json"
say() { printf 'sidecar-scan: %s\n' "$*" >&2; }
full() { say "the results cannot be written: the volume $out is full"; exit 93; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

mkdir -p "$home/home"
hold=$home/hold-$(uname -m)
chmod 755 "$hold" 2>/dev/null || hold=
if [ -d /hold ]; then # for containers of the image: the target at rest, and its witness
  if [ -n "$hold" ]; then
    cp "$hold" /hold/hold && chmod 755 /hold/hold
  elif [ "$SCAN_HOLD" = true ] && [ "${SCAN_TARGET_URI%%:*}" = proc ]; then
    say "there is no hold program for the processor architecture $(uname -m)"; exit 92
  fi
fi
: >"$home/ready" # the containers of the image start now

. "$home/sidecar/command-root.sh"

inspec=
for name in cinc-auditor inspec /opt/cinc-auditor/bin/cinc-auditor /opt/inspec/bin/inspec; do
  command -v "$name" >/dev/null && { inspec=$name; break; }
done

given=
[ -d "$secrets" ] && given=$(cat "$secrets"/* | sha256sum | cut -c1-64)

started=$(now)
code=127
if [ -z "$inspec" ]; then
  say 'this scanner image has neither `cinc-auditor` nor `inspec`'
else
  set -- exec
  for profile in "$home"/profile "$home"/profile-[0-9]*; do [ -d "$profile" ] && set -- "$@" "$profile"; done
  set -- "$@" -t "$SCAN_TARGET_URI" --reporter "json:$results" --no-create-lockfile
  set -f
  IFS='
'
  # one a line, and what stands there is no pattern for files
  [ -n "${SCAN_CONTROLS-}" ] && set -- "$@" --controls $SCAN_CONTROLS
  [ -n "${SCAN_TAGS-}" ] && set -- "$@" --tags $SCAN_TAGS
  set +f
  unset IFS
  more=--input-file
  for file in "$secrets"/inputs*.yml; do [ -f "$file" ] && { set -- "$@" $more "$file"; more=; }; done
  for file in "$secrets"/waivers.*; do [ -f "$file" ] && set -- "$@" --waiver-file "$file"; done
  if [ -f "$secrets/chef-license-key" ]; then
    CHEF_LICENSE_KEY=$(cat "$secrets/chef-license-key"); export CHEF_LICENSE_KEY
  fi
  code=0
  "$inspec" "$@" </dev/null || code=$?
fi

sum=null bytes=0 packed=0
if [ -f "$results" ]; then
  sum="\"$(sha256sum <"$results" | cut -c1-64)\""
  bytes=$(($(wc -c <"$results")))
  gzip -c "$results" >"$results.gz" || full
  packed=$(($(wc -c <"$results.gz")))
fi
census=null
[ -s "$out/census.json" ] && census=$(tr -d '\n' <"$out/census.json")
# the runner brings it when it connects: it is in no manifest. A workload's own sidecar is not waited for: it has none
until [ -s "$home/nonce" ] || [ "${SCAN_FOLLOWED-}" = false ]; do sleep 0.1; done
printf '{"nonce":"%s","exitCode":%d,"given":"%s","sha256":%s,"bytes":%d,"packedBytes":%d,"startedAt":"%s","finishedAt":"%s","census":%s}\n' \
  "$(cat "$home/nonce" 2>/dev/null)" "$code" "$given" "$sum" "$bytes" "$packed" "$started" "$(now)" "$census" >"$out/.marker" || full
mv "$out/.marker" "$out/scan-complete" || full
[ "${SCAN_DIR-}" = '' ] || exit 0
[ -n "$hold" ] && exec "$hold"
while :; do sleep 60; done
