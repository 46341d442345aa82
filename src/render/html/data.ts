import { controlDetails } from '../../judge/details.ts'
import type { Control, Status } from '../../judge/types.ts'
import { plainText } from '../../log/plain.ts'
import { placeOf } from '../../report/place.ts'
import { finding, reasonOf } from '../../report/reasons.ts'
import type { ScanReport } from '../../report/report.ts'

/** How the page calls the statuses of controls and tests. */
export const WORDS: Readonly<Record<Status | 'no_status', string>> = {
  passed: 'Passed',
  failed: 'Failed',
  error: 'Error',
  skipped: 'Not reviewed',
  no_impact: 'Not applicable',
  no_status: 'No status',
}

/** The controls of all images as the page's script reads them. */
export function controlData(reports: readonly ScanReport[]): object[] {
  const keys = new Set<string>()
  return reports.flatMap(({ judgement: { controls, changes }, scan }, index) => {
    const changed = new Map<string, string>([
      ...(changes?.fixed ?? []).map((id): [string, string] => [id, 'fixed']),
      ...(changes?.newlyFailing ?? []).map((id): [string, string] => [id, 'newly failing']),
    ])
    return controls.map((control) => {
      const key = uniqueKey(control, reports.length === 1 ? '' : `${index + 1}-`, keys)
      return { key, image: clean(scan.image), change: changed.get(control.id) ?? '', ...oneControl(control) }
    })
  })
}

function oneControl(control: Control): object {
  const about = controlDetails(control)
  const { waiver } = control
  const ends = waiver?.expirationDate ? `until ${waiver.expirationDate}` : 'no end'
  return {
    id: clean(control.id),
    title: clean(control.title),
    profile: clean(control.profile),
    status: control.status,
    severity: control.severity,
    unanswered: control.unanswered,
    reason: clean(control.status === 'failed' || control.status === 'error' ? '' : reasonOf(control)),
    place: clean(placeOf(about)),
    waiver: waiver ? clean(`${waiver.justification || 'no justification'} (${ends})`) : '',
    results: control.results.map(finding).map(({ status, test, said }) => [status, clean(test), clean(said)]),
    desc: clean(about.desc),
    descriptions: about.descriptions.map(({ label, text }) => [clean(label), clean(text)]),
    tags: about.tags.map(({ name, values }) => [clean(name), values.map(clean)]),
    refs: about.refs.map(clean),
    code: clean(about.code),
  }
}

/** The name of a control in the page's address: its id where that is enough. */
function uniqueKey({ id, profile }: Control, prefix: string, keys: Set<string>): string {
  const plain = (text: string) => text.replace(/[^\w.-]+/g, '_')
  const names = [`${prefix}${plain(id)}`, `${prefix}${plain(profile)}.${plain(id)}`]
  const key = names.find((name) => !keys.has(name)) ?? `${names[1]}.${keys.size}`
  keys.add(key)
  return key
}

function clean(text: string): string {
  return plainText(text)
}
