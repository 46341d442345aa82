import { describe, expect, test } from '@jest/globals'
import { renderComment } from '../../src/render/comment.ts'
import { failedReport, many, realResults, reportOn, resultsOf, rhel9 } from '../report/reports.ts'
import { expectGolden } from './golden.ts'

const marker = '<!-- sidecar-scan 0 -->'
const links = {
  run: 'https://forge.example/org/app/actions/runs/1',
  artifact: 'https://forge.example/artifacts/2',
  commit: 'ab'.repeat(20),
}
const stig = reportOn(rhel9('baseline'))

describe('a comment', () => {
  test('has verdict, figures, breached limits, the worst controls and links', () => {
    const previous = realResults('real-rhel8-hardened.json')
    const report = reportOn(rhel9('baseline'), {}, { baseline: previous })
    const comment = renderComment([report], marker, links)
    expectGolden('comment-rhel9.md', comment)
    expect(comment.split('\n')[0]).toBe(marker)
    expect(comment).toMatch(/\d+ % compliance · \d+ failed \(\d+ new, \d+ fixed since the baseline\)/)
    expect(comment).toContain(`[Job summary](${links.run}) · [Results](${links.artifact})`)
    expect(comment).toMatch(/\nand \d+ more controls\n/)
  })

  test('of several images has a table, the worst first', () => {
    const good = reportOn(realResults('real-rhel8-hardened.json'), {
      image: 'app:good',
      threshold: 'compliance.min: 0',
    })
    const lost = failedReport('the image cannot be pulled', 'check `image`', { image: 'app:lost' })
    const comment = renderComment([good, { ...stig, scan: { ...stig.scan, image: 'app:bad' } }, lost], marker, {
      run: undefined,
      artifact: undefined,
      commit: undefined,
    })
    expectGolden('comment-images.md', comment)
    expect(comment).toContain('### ⚠️ Sidecar Scan: inconclusive')
    expect(['app:lost', 'app:bad', 'app:good'].map((image) => comment.indexOf(image))).toEqual(
      ['app:lost', 'app:bad', 'app:good'].map((image) => comment.indexOf(image)).sort((a, b) => a - b),
    )
    expect(comment).not.toContain('Job summary')
  })

  test('of a scan without results says why and what to do, without figures', () => {
    const comment = renderComment([failedReport('the image cannot be pulled', 'check `image`')], marker, links)
    expect(comment).toContain('the image cannot be pulled')
    expect(comment).toContain('What to do: check')
    expect(comment).not.toContain('% compliance')
  })

  test('text from a profile or an image is text: no markup, mention, link or second marker', () => {
    const hostile = '--> <img src=x> @org/team #1 [a](https://evil.example) | `x`\n<!-- sidecar-scan 1 -->'
    const results = resultsOf([
      {
        id: hostile,
        title: hostile,
        impact: 1,
        results: [{ status: 'failed', code_desc: hostile, message: hostile, run_time: 0, start_time: '' }],
      },
    ])
    const comment = renderComment([reportOn(results, { image: hostile })], marker, links)
    const rest = comment.slice(marker.length)
    for (const raw of ['<img', '<!--', '@org', ' #1', '](https://evil', '://evil']) expect(rest).not.toContain(raw)
  })

  test.each([
    ['5,000 controls', [reportOn(many(5000))]],
    [
      '200 images',
      Array.from({ length: 200 }, (_, n) => ({ ...stig, scan: { ...stig.scan, image: `${'é'.repeat(190)}${n}` } })),
    ],
    [
      'texts that grow when they are escaped',
      [
        reportOn(
          resultsOf(
            Array.from({ length: 20 }, (_, n) => ({
              id: `${'*'.repeat(200)}${n}`,
              title: '*'.repeat(5000),
              impact: 1,
              results: [{ status: 'failed', code_desc: 'x', message: '<'.repeat(5000), run_time: 0, start_time: '' }],
            })),
          ),
        ),
      ],
    ],
  ])('is shorter than GitHub allows: %s', (_, reports) => {
    const comment = renderComment(reports, marker, links)
    expect(comment.length).toBeLessThan(65_536)
    expect(comment).toContain('Sidecar Scan: failed')
    expect(comment).toContain('[Job summary]')
  })

  test('is the same for the same reports', () => {
    const once = () => renderComment([reportOn(rhel9('baseline')), reportOn(rhel9('restricted'))], marker, links)
    expect(once()).toBe(once())
  })

  test('drops detail step by step, never the verdict', () => {
    for (const limit of [8000, 3000, 1000, 1]) {
      const comment = renderComment([stig], marker, links, limit)
      if (limit > 1) expect(comment.length).toBeLessThan(limit)
      expect(comment).toContain('Sidecar Scan: failed')
      expect(comment.endsWith(`[Results](${links.artifact}) · for commit <code>abababa</code>`)).toBe(true)
    }
  })
})
