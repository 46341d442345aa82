import { expect, test } from '@jest/globals'
import { controlAnnotations } from '../../src/render/annotations.ts'
import { reportOn, resultsOf, rhel9 } from '../report/reports.ts'

const repository = { profile: 'profiles/mine', fallback: '.github/workflows/scan.yml' }

test('the worst controls first, nine with what the step says besides, and how many more', () => {
  const report = reportOn(rhel9('baseline'), { repository })
  const annotations = controlAnnotations([report], 1)
  expect(annotations).toHaveLength(9)
  expect(annotations[0]).toEqual({
    title: 'SV-257784 (high)',
    message: expect.stringMatching(
      /^The systemd Ctrl-Alt-Delete burst key sequence .* failed: .*exit_status is expected to eq 0: expected: 0 got: 1/,
    ),
    file: 'profiles/mine/controls/SV-257784.rb',
    startLine: 1,
  })
  expect(annotations.at(-1)).toEqual({ message: 'and 261 more controls: see the job summary' })
  for (const { message } of annotations) expect(message).not.toContain('\n')
})

test('point at no file that is not the control’s own, and name the image of several', () => {
  const control = {
    id: 'a',
    title: 'A',
    impact: 1,
    results: [{ status: 'failed', code_desc: 'x', message: 'no\n::error::y' }],
  }
  const reports = ['one', 'two'].map((image) => reportOn(resultsOf([control]), { image, repository }))
  expect(controlAnnotations(reports, 2)).toEqual(
    ['one', 'two'].map((image) => ({
      title: 'a (critical)',
      message: `${image}: A: failed: x: no ::error::y`,
    })),
  )
})

test('nothing where nothing failed the check', () => {
  const passed = resultsOf([{ id: 'a', impact: 0.5, results: [{ status: 'passed' }] }])
  expect(controlAnnotations([reportOn(passed)], 0)).toEqual([])
})
