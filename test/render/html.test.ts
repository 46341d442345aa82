import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../../scripts/pictures.ts'
import { renderHtml } from '../../src/render/html/page.ts'
import type { ScanReport } from '../../src/report/report.ts'
import { installPackages } from '../bed/shell.ts'
import { failedReport, many, realResults, reportOn, resultsOf, rhel9 } from '../report/reports.ts'

const LIMIT = 300_000
const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))

let browser: Browser
let folder: string
beforeAll(async () => {
  await installPackages(['chromium'])
  browser = await openBrowser()
  folder = await mkdtemp(join(tmpdir(), 'html-'))
}, LIMIT)
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
}, LIMIT)

type Options = { hash?: string; width?: number; scheme?: 'light' | 'dark' }

/** The report opened from a file, as from a downloaded artifact; every request but that for the file is a failure. */
async function open(reports: ScanReport[], { hash = '', width = 1200, scheme = 'light' }: Options = {}) {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.html`)
  await writeFile(path, renderHtml(reports))
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('console', (message) => trouble.push(message.text()))
  page.on('request', (request) => {
    if (!request.url().startsWith(`file://${path}`)) trouble.push(`request: ${request.url()}`)
  })
  await page.goto(`file://${path}${hash}`, { timeout: LIMIT })
  return { page, trouble }
}

/** What axe finds with everything opened, and whether the page is wider than its window. */
async function flaws(page: Page, width: number): Promise<unknown[]> {
  // axe itself is put into the page from outside, where the page’s policy does not reach
  await page.evaluate(await readFile(AXE, 'utf8'))
  await page.evaluate("document.querySelectorAll('details.part').forEach((one) => { one.open = true })")
  const found = (await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
  )) as unknown[]
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth'))
  return wide > width ? [...found, `${wide} px wide`] : found
}

const shown = (page: Page) => page.locator('#said').textContent()
const rows = (page: Page) => page.locator('details.control')

describe('the RHEL 9 STIG at two levels', () => {
  const reports = () => [
    reportOn(rhel9('baseline'), { image: 'app:1', threshold: 'compliance.min: 60, failed.high.max: 0' }),
    reportOn(rhel9('restricted'), { image: 'app:2', podSecurity: 'restricted' }),
  ]

  test(
    'filters by status, severity, text, tag and image, and sorts',
    async () => {
      const { page, trouble } = await open(reports())
      expect(await shown(page)).toBe('906 of 906 controls')
      expect(await rows(page).first().locator('summary').textContent()).toContain('Failedhigh')
      await page.selectOption('[name=image]', 'app:1')
      await page.selectOption('[name=status]', 'failed')
      expect(await shown(page)).toBe('255 of 906 controls')
      await page.selectOption('[name=severity]', 'high')
      expect(await shown(page)).toBe('4 of 906 controls')
      await page.click('button[type=reset]')
      await page.fill('[name=text]', 'rhel-09-211045')
      await page.waitForFunction("said.textContent.startsWith('2 of')")
      await page.selectOption('[name=sort]', 'id')
      expect(await rows(page).first().locator('code').first().textContent()).toBe('SV-257784')
      await page.fill('[name=text]', '')
      await page.selectOption('[name=status]', 'unanswered')
      expect(await shown(page)).toBe('231 of 906 controls')
      await page.click('button[type=reset]')
      await page.selectOption('[name=sort]', 'id')
      const edges = (part: string) =>
        page.evaluate(
          `[...new Set([...document.querySelectorAll('details.control')].slice(0, 60).map((row) => row.querySelector('${part}').getBoundingClientRect().left))].length`,
        )
      expect(await rows(page).filter({ hasText: 'Not reviewed' }).count()).toBeGreaterThan(0)
      expect([await edges('.severity'), await edges('summary > code'), await edges('.title')]).toEqual([1, 1, 1])
      expect(trouble).toEqual([])
      await page.close()
    },
    LIMIT,
  )

  test(
    'a link opens its control, with what was found, the texts, tags and code; the keyboard moves',
    async () => {
      const { page, trouble } = await open([reports()[0]!], { hash: '#SV-257784' })
      const control = page.locator('#SV-257784')
      await page.waitForFunction("document.activeElement.parentElement.id === 'SV-257784'")
      expect(await control.getAttribute('open')).toBe('')
      const text = await control.textContent()
      for (const part of [
        'exit_status is expected to eq 0',
        'expected: 0',
        'sudo mkdir -p',
        'RHEL-09-211045',
        "control 'SV-257784' do",
      ])
        expect(text).toContain(part)
      await page.keyboard.press('j')
      expect(await page.evaluate('document.activeElement.parentElement.id')).not.toBe('SV-257784')
      await page.keyboard.press('k')
      expect(await page.evaluate('document.activeElement.parentElement.id')).toBe('SV-257784')
      await page.keyboard.press('/')
      expect(await page.evaluate('document.activeElement.name')).toBe('text')
      expect(trouble).toEqual([])
      await page.close()
    },
    LIMIT,
  )

  test.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 375],
    ['dark', 375],
  ] as const)(
    'axe finds nothing, nothing is cut off (%s, %i px)',
    async (scheme, width) => {
      const { page } = await open([reports()[0]!], { hash: '#SV-257784', scheme, width })
      await page.waitForSelector('#SV-257784[open]')
      expect(await flaws(page, width)).toEqual([])
      await page.close()
    },
    LIMIT,
  )
})

test(
  'with a baseline: what changed is listed, and marked at each control',
  async () => {
    const results = (statuses: Record<string, string>) =>
      resultsOf(
        Object.entries(statuses).map(([id, status]) => ({
          id,
          title: `Title of ${id}`,
          impact: 0.5,
          results: [{ status }],
        })),
      )
    const now = results({ same: 'failed', fixed: 'passed', broken: 'failed', open: 'passed' })
    const baseline = results({ same: 'failed', fixed: 'failed', broken: 'passed', open: 'passed', gone: 'failed' })
    const { page, trouble } = await open([reportOn(now, {}, { baseline })], { width: 375 })
    await page.waitForSelector('details.control')
    expect(await page.locator('.figures').textContent()).toContain('2 failed (1 new, 1 fixed since the baseline)')
    const titles = async (mark: string) =>
      (await rows(page).filter({ hasText: mark }).locator('code').allTextContents()).sort()
    expect([await titles('(newly failing)'), await titles('(fixed)')]).toEqual([['broken'], ['fixed']])
    expect(await flaws(page, 375)).toEqual([])
    const changes = page.locator('[aria-label="Since the baseline"] tbody tr')
    const cells = (await changes.allInnerTexts()).map((text) => text.split('\t'))
    expect(Object.fromEntries(cells.map(([change, many, ids]) => [change, [many, ids]]))).toMatchObject({
      'Newly failing': ['1', 'broken'],
      Fixed: ['1', 'fixed'],
      'Still failing': ['1', 'same'],
      Gone: ['1', 'gone'],
    })
    expect(trouble).toEqual([])
    await page.close()
  },
  LIMIT,
)

test.each([
  ['light', 1200],
  ['dark', 375],
] as const)(
  'several images and profiles in one file: filters, one address for each control, axe (%s, %i px)',
  async (scheme, width) => {
    const { page, trouble } = await open(
      [
        reportOn(realResults('two-profiles-sameids-a.json'), { image: 'app:1' }),
        reportOn(realResults('two-profiles-sameids-a.json'), { image: 'app:2' }),
        reportOn(realResults('real-one-of-each.json'), { image: 'db:1', threshold: 'compliance.min: 0' }),
        failedReport('the image cannot be pulled', 'check the image', { image: 'lost:1' }),
      ],
      { scheme, width },
    )
    await page.waitForSelector('details.control')
    const data = JSON.parse((await page.locator('#data').textContent())!) as {
      controls: { key: string; id: string; image: string; profile: string }[]
    }
    const { controls } = data
    expect(new Set(controls.map(({ key }) => key)).size).toBe(controls.length)
    expect(await page.locator('[aria-label=Images] tbody tr').count()).toBe(4)
    expect(await page.locator('header h1').textContent()).toContain('inconclusive')
    expect(await page.textContent('body')).toContain('What to do: check the image')

    const profiles = await page.locator('[name=profile] option').allTextContents()
    expect(profiles).toEqual(['all', ...new Set(controls.map(({ profile }) => profile))])
    const many = (image: string, profile: string) =>
      controls.filter((one) => one.image === image && (profile === '' || one.profile === profile)).length
    await page.selectOption('[name=image]', 'app:2')
    expect(await shown(page)).toBe(`${many('app:2', '')} of ${controls.length} controls`)
    await page.selectOption('[name=profile]', profiles[1]!)
    expect(await shown(page)).toBe(`${many('app:2', profiles[1]!)} of ${controls.length} controls`)
    expect(many('app:2', profiles[1]!)).toBeGreaterThan(0)

    // a link to a control that the filter hides
    const other = controls.find(({ image, profile }) => image === 'app:1' && profile === profiles[2])!
    await page.evaluate(`location.hash = ${JSON.stringify(`#${other.key}`)}`)
    await page.waitForSelector(`[id="${other.key}"][open]`)
    expect(await page.locator(`[id="${other.key}"]`).textContent()).toContain(`app:1 · ${other.profile}`)
    expect(await flaws(page, width)).toEqual([])
    expect(trouble).toEqual([])
    await page.close()
  },
  LIMIT,
)

test(
  '5,000 controls: the first are there, all of them are found',
  async () => {
    const { page, trouble } = await open([reportOn(many(5000))])
    expect(await shown(page)).toBe('5000 of 5000 controls')
    await page.fill('[name=text]', 'sv-230221-4875')
    await page.waitForFunction("said.textContent.startsWith('1 of')", undefined, { timeout: LIMIT })
    expect(trouble).toEqual([])
    await page.close()
  },
  LIMIT,
)

test(
  'what proves nothing says why and what to do',
  async () => {
    const { page } = await open([failedReport('the image cannot be pulled', 'check the image')])
    const text = await page.textContent('body')
    expect(text).toContain('inconclusive')
    expect(text).toContain('the image cannot be pulled')
    expect(text).toContain('check the image')
    await page.close()
  },
  LIMIT,
)

test(
  'hostile text runs nothing, loads nothing, and is shown as it is',
  async () => {
    const evil = [
      '<script>window.hacked = 1</script>',
      '</script><script>window.hacked = 1</script>',
      '<img src=x onerror="window.hacked = 1">',
      '"><svg onload=window.hacked=1>',
      "javascript:window.hacked=1//'",
      '<!--<script>',
      '<link rel=stylesheet href=https://evil.example/x.css>',
      '__proto__',
      '\u2028\u202e\ud800',
    ]
    const controls = evil.map((text, n) => ({
      id: `${text}${n}`,
      title: text,
      desc: text,
      impact: 0.5,
      tags: { [text]: text, gid: text },
      refs: [{ url: text }],
      code: text,
      descriptions: [{ label: text, data: text }],
      results: [{ status: 'failed', code_desc: text, message: text }],
    }))
    const attributes = evil.map((text) => ({ name: text, options: { value: text } }))
    const { page, trouble } = await open([
      reportOn(resultsOf(controls, { name: evil[1]!, attributes }), { image: evil[1]! }),
    ])
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    await page.waitForTimeout(500)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(trouble).toEqual([])
    expect(await rows(page).count()).toBe(evil.length)
    expect(await rows(page).first().textContent()).toContain('<script>window.hacked = 1</script>')
    expect(await page.locator('#list a[href]:not([href^="#"]), #list img, #list svg, #list script').count()).toBe(0)
    await page.close()
  },
  LIMIT,
)

test('sensitive inputs are nowhere; the same report gives the same bytes', () => {
  const attributes = [
    { name: 'shown', options: { value: 'visible-value' } },
    { name: 'password', options: { value: 'hidden-value', sensitive: true } },
  ]
  const report = () => reportOn(resultsOf([{ id: 'a', impact: 0.5, results: [{ status: 'passed' }] }], { attributes }))
  const html = renderHtml([report()])
  expect(html).toContain('visible-value')
  expect(html).not.toContain('hidden-value')
  expect(renderHtml([report()])).toBe(html)
  const real = () => renderHtml([reportOn(realResults('real-triple-overlay.json'))])
  expect(real()).toBe(real())
})
