import { expect, test } from '@jest/globals'
import { withCensus } from '../../src/judge/census.ts'
import { parseHdf } from '../../src/judge/hdf.ts'

const control = (id: string, more: object) => ({
  id,
  title: null,
  impact: 0.5,
  tags: {},
  results: [{ status: 'skipped', code_desc: 'No-op', skip_message: 'Skipped control due to waiver condition: known' }],
  ...more,
})
const waived = { run: false, skipped_due_to_waiver: true, justification: 'known' }
const text = JSON.stringify({
  platform: { name: 'debian', release: '12' },
  profiles: [
    {
      name: 'p',
      sha256: 'x',
      controls: [
        control('waived', { waiver_data: waived }),
        control('evaluated', { title: 'its own', waiver_data: waived }),
        control('skipped', {}),
      ],
    },
  ],
  statistics: {},
  version: '7.1.16',
})

test('a control that InSpec 7 did not evaluate has the impact, title and severity that the profile gives it', () => {
  const counted = { title: 'From the profile', impact: 0.7, tags: { severity: 'critical' } }
  const census = new Map(['waived', 'evaluated', 'skipped'].map((id) => [id, counted]))
  const found = withCensus(parseHdf([{ name: 'x.json', text }]), census).controls
  expect(found.map(({ id, title, impact, severity }) => [id, title, impact, severity])).toEqual([
    ['waived', 'From the profile', 0.7, 'critical'],
    ['evaluated', 'its own', 0.5, 'medium'],
    ['skipped', '', 0.5, 'medium'],
  ])
})
