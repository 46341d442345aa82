# Executed in the scanner container by the engine: watch.sh OFFSET
# Prints progress lines as they are written, then one line `marker {…}`, then the gzip of the results from OFFSET on.
# A line `alive` about once a second keeps idle connections open, and ends this process when nobody listens any more. Ticks are
# counted, which take several times as long on a busy node. Not every engine ends a process whose connection is gone: a later
# watcher, whose number stands in the file, sends the earlier ones home.
folder=${SCAN_RESULTS:-/results} home=${SCAN_DIR:-/scan}
seen=0 ticks=0
echo $$ >"$home/watcher"
echo alive
progress=$folder/progress
while :; do
  done=
  [ -f "$folder/scan-complete" ] && done=yes
  if [ -f "$progress" ]; then
    size=$(($(wc -c <"$progress")))
    if [ "$size" -gt "$seen" ]; then
      tail -c +$((seen + 1)) "$progress" | head -c $((size - seen)) | sed 's/^/progress /'
      seen=$size
    fi
  fi
  [ -n "$done" ] && break
  ticks=$((ticks + 1))
  [ $((ticks % 10)) -eq 0 ] && { echo alive || exit 1; }
  read -r latest <"$home/watcher" && [ "$latest" != $$ ] && exit 0
  sleep 0.1
done
printf 'marker %s\n' "$(cat "$folder/scan-complete")"
[ -f "$folder/scan-results.json.gz" ] && tail -c +$(($1 + 1)) "$folder/scan-results.json.gz"
exit 0
