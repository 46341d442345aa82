{{- define "sidecar-scanner.boot" -}}
cd /scan || exit 90
cat /in/*/payload | base64 -d >payload.tgz
if [ "$(sha256sum <payload.tgz | cut -c1-64)" != "$SCAN_PAYLOAD" ]; then
  echo "sidecar-scan: the profile did not arrive intact, or this image has no base64 or sha256sum" >&2; exit 91
fi
gzip -dc payload.tgz | tar -xof - || { echo "sidecar-scan: this image cannot unpack: it needs tar and gzip" >&2; exit 90; }
rm payload.tgz;
{{- if not .Values.profiles.default.enabled }}
rm -rf /scan/profile
{{- end }}
{{- if .Values.profiles.custom }}
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
{{- end }}
{{- if not .Values.profiles.default.enabled }}
{{- if not .Values.profiles.custom }}{{ fail "profiles.default.enabled is false and profiles.custom is empty: there is nothing to run" }}{{ end }}
mv /scan/profile-02 /scan/profile || exit 90
{{- end }}
exec sh /scan/sidecar/scan.sh
{{- end -}}

{{- define "sidecar-scanner.payloadDigest" -}}
{{- print (.Files.Get "files/payload-0" | trim) | b64dec | sha256sum -}}
{{- end -}}
