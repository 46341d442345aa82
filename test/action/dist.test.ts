import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { build, dist } from './runner.ts'

const root = join(import.meta.dirname, '..', '..')

/** Hosts that package managers fetch from; a pattern, so that this file names none. */
const REGISTRY =
  /\b(registry(-1)?|deb|security|archive|proxy|index)\.(npmjs|yarnpkg|debian|ubuntu|golang|docker)\.(org|com|io)|\brubygems\.org\//

/** Files of a folder with their contents, by path. */
function tree(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).sort()
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]))
}

describe('dist/', () => {
  const temp = mkdtempSync(join(tmpdir(), 'dist-'))
  let files: Map<string, Buffer>
  beforeAll(() => {
    files = tree(dist)
  })
  afterAll(() => rmSync(temp, { recursive: true }))

  test('is below 4.6 MB in all', () => {
    const size = [...files.values()].reduce((sum, { length }) => sum + length, 0)
    expect(size).toBeLessThan(4.6 * 1024 * 1024)
    expect(size).toBeGreaterThan(1e6)
  })

  test('holds the entries, and what is carried into the pod', () => {
    expect([...files.keys()]).toEqual(
      expect.arrayContaining([
        'cli.js',
        'index.js',
        'main.js',
        'post.js',
        'licenses.txt',
        'sidecar/scan.sh',
        'transport/train-proc.rb',
      ]),
    )
  })

  test('names no registry and no path of the machine it was built on', () => {
    const machine = [root, homedir(), process.env['npm_config_registry'] ?? ''].filter(
      (word) => word.length > '/root'.length,
    )
    const find = (text: string) =>
      [REGISTRY.exec(text)?.[0], ...machine.filter((word) => text.includes(word))].filter(Boolean)
    expect(find(`at ${root} from registry.${'npmjs'}.org`)).toHaveLength(2)
    const found = [...files].flatMap(([path, bytes]) =>
      path === 'licenses.txt' ? [] : find(bytes.toString('latin1')).map((word) => `${path}: ${word}`),
    )
    expect(found).toEqual([])
  })

  test('is what src/ builds to, byte for byte, in whatever folder it is built', () => {
    const fresh = join(temp, 'some', 'other', 'folder')
    build(fresh)
    const built = tree(fresh)
    expect([...built.keys()]).toEqual([...files.keys()])
    // compared one by one: a difference of megabytes helps nobody
    const stale = [...built].filter(([path, bytes]) => !bytes.equals(files.get(path)!)).map(([path]) => path)
    expect(stale).toEqual([])
  }, 300_000)

  const cli = (...argv: string[]) =>
    execFileSync(process.execPath, [join(dist, 'cli.js'), ...argv], { encoding: 'utf8' })

  test('the CLI tells its version and its commands', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(cli('--version')).toBe(`${version}\n`)
    const commands = [...cli('--help').matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name!)
    expect(commands).toEqual(expect.arrayContaining(['run', 'judge', 'render', 'cleanup']))
    for (const command of commands)
      expect(cli(command, '--help')).toMatch(new RegExp(`^Usage: sidecar-scan ${command} `))
  })

  describe('loads only what a run needs', () => {
    const folder = join(temp, 'profile')
    beforeAll(() => {
      mkdirSync(join(folder, 'controls'), { recursive: true })
      writeFileSync(join(folder, 'inspec.yml'), 'name: plain\nversion: 1.0.0\n')
      writeFileSync(join(folder, 'controls', 'a.rb'), "control 'a'\n")
    })
    /** Files of dist that a run of the CLI has loaded. */
    const loaded = (argv: readonly string[]): { status: number | null; names: string[] } => {
      const hooks =
        "import{registerHooks}from'node:module';import{appendFileSync}from'node:fs';" +
        `registerHooks({load(url,c,next){appendFileSync(${JSON.stringify(join(temp, 'loaded'))},url+'\\n');return next(url,c)}})`
      rmSync(join(temp, 'loaded'), { force: true })
      const { status } = spawnSync(process.execPath, [
        '--import',
        `data:text/javascript,${hooks}`,
        join(dist, 'cli.js'),
        ...argv,
      ])
      const urls = readFileSync(join(temp, 'loaded'), 'utf8').split('\n')
      const names = urls.flatMap((url) =>
        url.startsWith(`file://${dist}/`) ? url.slice(`file://${dist}/`.length) : [],
      )
      return { status, names }
    }
    /** Those of them with a sentence in it that only this feature says. */
    const withText = (names: readonly string[], text: string) => names.filter((name) => files.get(name)?.includes(text))

    const render = (profile: string) => ['render', '--image', 'app:1', '--profile', profile, '--summary']
    const results = join(root, 'test', 'data', 'judge', 'waiver-last-day', 'results.json')
    const report = (format: string) => ['report', '--results', results, '--output-dir', temp, '--format', format]
    test.each([
      ['git', 'has no branch, tag or commit', render(folder), render('git+http://127.0.0.1:1/a/b.git@main')],
      ['downloads', 'is redirected more than', render(folder), render('http://127.0.0.1:1/a.tar.gz')],
      ['Kubernetes', 'No active cluster', render(folder), ['preflight', '--kubeconfig', 'clusters: []']],
      ['SARIF', 'security-severity', report('verdict'), report('sarif')],
      ['HTML', '<!doctype html', report('verdict'), report('html')],
    ])('%s', (_, text, without, needing) => {
      const { status, names } = loaded(without)
      expect([status, withText(names, text)]).toEqual([0, []])
      expect(withText(loaded(needing).names, text)).not.toEqual([])
    })
  })

  test('a Node that is too old is told so, in one sentence', () => {
    const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'22.18.1'}})"
    const argv = ['--import', old, join(dist, 'cli.js'), '--help']
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe('error: Node 22.18.1 is too old\n  what to do: run it with Node 22.19 or later\n')
  })

  test('licenses.txt names every package of the bundle with its licence', () => {
    const text = files.get('licenses.txt')!.toString('utf8')
    for (const name of [
      '@actions/core',
      '@actions/artifact',
      '@kubernetes/client-node',
      'js-yaml',
      'tar-stream',
      'undici',
    ])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n(MIT|Apache-2\\.0)\\n\\S`, 'm'))
    // comes with @actions/artifact, and is its author's only package without a word on it
    expect([...text.matchAll(/^(\S+) .*\nthe package states no licence$/gm)].map(([, name]) => name)).toEqual([
      'buffers',
    ])
  })
})
