/**
 * charts/sidecar-scanner, from the plan of a scan and the table of values: `node scripts/chart.ts` writes it, with `--check` it
 * says what is out of date.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parseInputs } from '../src/inputs/inputs.ts'
import { readPayload } from '../src/payload/payload.ts'
import { loadProfiles } from '../src/sources/profiles.ts'
import { valuesSchema, valuesTable, valuesYaml } from './chart/documents.ts'
import { accessTemplates, podTemplates } from './chart/objects.ts'
import { chartValues } from './chart/values.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'charts', 'sidecar-scanner')
const statics = join(import.meta.dirname, 'chart', 'files')

/** Resources of the scanner in the documents of kube-secure-scanner. */
const RESOURCES = { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '200m', memory: '512Mi' } }

/** Every file of the chart by its path in the chart's folder. */
export async function chartFiles(): Promise<Map<string, string>> {
  const inputs = parseInputs({ profile: 'container-baseline' }, [])
  const home = { assets: join(root, 'src'), profiles: join(root, 'profiles') }
  const { signal } = new AbortController()
  const loaded = await loadProfiles(inputs, { env: {}, signal, builtIn: home.profiles, onProgress: () => {} })
  const { payload } = await readPayload(inputs, home, loaded)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const values = chartValues(RESOURCES)
  const kept = (name: string) => readFileSync(join(statics, name), 'utf8')
  const pod = podTemplates(inputs, payload)
  const parts = pod.payload.map((text, index): [string, string] => [`files/payload-${index}`, `${text}\n`])
  const templates = { ...accessTemplates(inputs), ...pod.templates }
  return new Map([
    ['Chart.yaml', chartYaml(version)],
    ['values.yaml', valuesYaml(values)],
    ['values.schema.json', valuesSchema(values)],
    ['README.md', kept('README.md').replace('<!-- values -->', () => valuesTable(values))],
    ...parts,
    ...Object.entries(templates).map(([name, text]): [string, string] => [`templates/${name}`, text]),
    ...readdirSync(statics)
      .filter((name) => name !== 'README.md')
      .map((name): [string, string] => [`templates/${name}`, kept(name)]),
  ])
}

const chartYaml = (version: string) => `apiVersion: v2
name: sidecar-scanner
description: What a scan with Sidecar Scan needs in a cluster, a test pod, and a CronJob
type: application
version: ${version}
appVersion: ${version}
kubeVersion: '>=1.20.0-0'

`

/** Paths of the chart whose file is not what is generated. How well an archive is packed does not matter: zlib differs by machine. */
export function outOfDate(wanted: ReadonlyMap<string, string>): string[] {
  const there = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
  const text = (path: string) => readFileSync(join(folder, path), 'utf8')
  const archive = (read: (path: string) => string, paths: Iterable<string>) =>
    gunzipSync(
      Buffer.from(
        [...paths]
          .filter((path) => path.startsWith('files/'))
          .sort()
          .map((path) => read(path).trim())
          .join(''),
        'base64',
      ),
    )
  const same = archive(text, there).equals(archive((path) => wanted.get(path)!, wanted.keys()))
  const differs = (path: string) =>
    !there.includes(path) || (path.startsWith('files/') ? !same : text(path) !== wanted.get(path))
  return [...[...wanted.keys()].filter(differs), ...there.filter((path) => !wanted.has(path))]
}

if (import.meta.main) {
  const wanted = await chartFiles()
  if (process.argv.includes('--check')) {
    const old = outOfDate(wanted)
    for (const path of old) console.log(`charts/sidecar-scanner/${path} is out of date: node scripts/chart.ts`)
    if (old.length > 0) process.exitCode = 1
  } else {
    rmSync(folder, { recursive: true, force: true })
    for (const [path, text] of wanted) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
  }
}
