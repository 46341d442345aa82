/**
 * Pictures of the reports for README and docs, from real results of the test data: `node scripts/pictures.ts [FOLDER]`. Needs
 * Debian's chromium and cmark-gfm, GitHub's own Markdown renderer; the style sheet is a likeness of GitHub's.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { renderHtml } from '../src/render/html/page.ts'
import { renderSummary } from '../src/render/summary.ts'
import { realResults, reportOn } from '../test/report/reports.ts'

const STYLE = `
:root { color-scheme: light dark }
body { font: 14px/1.5 'DejaVu Sans', sans-serif; margin: 16px; color: light-dark(#1f2328, #f0f6fc); background: light-dark(#fff, #0d1117) }
h1, h2 { border-bottom: 1px solid light-dark(#d1d9e0, #3d444d); padding-bottom: .3em }
table { border-collapse: collapse; display: block; overflow: auto; width: max-content; max-width: 100% }
th, td { border: 1px solid light-dark(#d1d9e0, #3d444d); padding: 6px 13px }
code, pre { font: 85% 'DejaVu Sans Mono', monospace; background: light-dark(#818b981f, #656c7633); border-radius: 6px }
code { padding: .2em .4em; overflow-wrap: anywhere }
pre { padding: 16px; overflow: auto }
blockquote { margin: 0; padding: 0 1em; border-left: 4px solid #9a6700 }`

/** Markdown as GitHub shows it in a job summary. */
export function asGitHub(markdown: string): string {
  const html = execFileSync('cmark-gfm', ['--unsafe', '-e', 'table', '-e', 'autolink', '-e', 'strikethrough'], {
    input: markdown,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${STYLE}</style>${html}`
}

/** A page as a PNG at a width, light or dark. */
export async function picture(
  browser: Browser,
  html: string,
  to: { path: string; width: number; height?: number; scheme: 'light' | 'dark' },
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: to.width, height: to.height ?? 900 },
    colorScheme: to.scheme,
    deviceScaleFactor: to.width < 500 ? 2 : 1,
  })
  await page.setContent(html)
  await page.screenshot({ path: to.path, animations: 'disabled' })
  await page.close()
}

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'pictures')
  mkdirSync(folder, { recursive: true })
  const browser = await openBrowser()
  const report = reportOn(realResults('real-rhel8-hardened.json'), {
    image: 'registry.example/org/app:1.2',
    threshold: 'compliance.min: 80, failed.high.max: 0',
  })
  const summary = asGitHub(renderSummary(report))
  // the first screen, as the README shows it: down to the worst controls
  for (const [name, width, height, scheme] of [
    ['summary-light', 1100, 556, 'light'],
    ['summary-dark', 1100, 556, 'dark'],
    ['summary-phone', 375, 900, 'light'],
  ] as const) {
    await picture(browser, summary, { path: join(folder, `${name}.png`), width, height, scheme })
  }
  const page = renderHtml([report])
  for (const [name, width, scheme] of [
    ['html-light', 1100, 'light'],
    ['html-dark', 1100, 'dark'],
    ['html-phone', 375, 'light'],
  ] as const) {
    await picture(browser, page, { path: join(folder, `${name}.png`), width, scheme })
  }
  await browser.close()
}
