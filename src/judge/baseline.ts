import type { BaselineChanges, Control } from './types.ts'

const FAILING: ReadonlySet<string> = new Set(['failed', 'error'])

interface Standing {
  failing: boolean
  passed: boolean
  unanswered: boolean
}

/**
 * How controls changed since the previous results. Controls are the same when profile name and id are; a control that
 * could not be evaluated (error) fails. Where a control occurs twice (several files), it fails if one of them does.
 */
export function compareToBaseline(controls: readonly Control[], baseline: readonly Control[]): BaselineChanges {
  const now = standings(controls)
  const before = standings(baseline)
  const pick = (from: ReadonlyMap<string, Standing>, wanted: (key: string, standing: Standing) => boolean) =>
    [
      ...new Set(
        [...from]
          .filter(([key, standing]) => wanted(key, standing))
          .map(([key]) => key.slice(key.indexOf('\u0000') + 1)),
      ),
    ].sort()
  const wasFailing = (key: string) => before.get(key)?.failing === true
  return {
    fixed: pick(now, (key, { failing, passed }) => wasFailing(key) && !failing && passed),
    newlyFailing: pick(now, (key, { failing }) => failing && !wasFailing(key)),
    stillFailing: pick(now, (key, { failing }) => failing && wasFailing(key)),
    noLongerTested: pick(now, (key, { failing, passed }) => wasFailing(key) && !failing && !passed),
    newlyUnanswered: pick(now, (key, { unanswered }) => unanswered && before.get(key)?.unanswered !== true),
    gone: pick(before, (key) => !now.has(key)),
  }
}

function standings(controls: readonly Control[]): Map<string, Standing> {
  const map = new Map<string, Standing>()
  for (const { profile, id, status, unanswered } of controls) {
    const key = `${profile}\u0000${id}`
    const same = map.get(key)
    map.set(key, {
      failing: FAILING.has(status) || same?.failing === true,
      passed: status === 'passed' && (same?.passed ?? true),
      unanswered: unanswered || same?.unanswered === true,
    })
  }
  return map
}
