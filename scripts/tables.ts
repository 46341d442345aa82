/**
 * action.yml and the README's tables, from the tables of inputs and outputs in src/: `node scripts/tables.ts --write`
 * writes them, without the flag it says what is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type InputSpec, SCOPES } from '../src/inputs/spec.ts'
import { INPUT_SPECS, type InputName, rangeText } from '../src/inputs/table.ts'
import { OUTPUTS } from '../src/publish/outputs.ts'

const root = join(import.meta.dirname, '..')

/** YAML 1.2, single-quoted style: nothing but the quote itself is special. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The Action's metadata; format: GitHub's documentation, "Metadata syntax". */
export function actionYml(): string {
  const inputs = [...INPUT_SPECS]
    .filter(([, { only }]) => only !== 'cli')
    .flatMap(([name, spec]) => [
      `  ${name}:`,
      `    description: ${quoted(spec.help)}`,
      ...(spec.default === undefined ? [] : [`    default: ${quoted(spec.default)}`]),
    ])
  const outputs = Object.entries(OUTPUTS).flatMap(([name, help]) => [`  ${name}:`, `    description: ${quoted(help)}`])
  return `# Written by \`node scripts/tables.ts --write\` from src/inputs/table.ts and src/publish/outputs.ts.
name: Sidecar Scan
description: Run an InSpec profile against any container image inside your own Kubernetes cluster and gate on the results
branding:
  icon: shield
  color: blue
inputs:
${inputs.join('\n')}
outputs:
${outputs.join('\n')}
runs:
  using: node24
  main: dist/main.js
  post: dist/post.js
  post-if: always()
`
}

const cell = (text: string) => text.replaceAll('|', '\\|')

/** The README's tables of inputs, one for each scope; inputs of the workflow only say so. */
export function inputsTable(): string {
  return Object.entries(SCOPES)
    .map(([scope, title]) => {
      const rows = [...INPUT_SPECS].filter(([, spec]) => spec.scope === scope).map(inputRow)
      return [`### ${title}`, '', '| input | meaning | default |', '|---|---|---|', ...rows].join('\n')
    })
    .join('\n\n')
}

function inputRow([name, spec]: [InputName, InputSpec]): string {
  const { help, default: value, choices, only, range, kind } = spec
  const allowed = choices ? ` (${choices.map((choice) => `\`${choice}\``).join(', ')})` : ''
  const limits = range ? ` (${rangeText(range, kind)})` : ''
  const where = only === 'action' ? ' *Workflow only.*' : only === 'cli' ? ' *CLI only.*' : ''
  const said = choices?.every((choice) => help.includes(`\`${choice}\``)) ? help : `${help}${allowed}`
  return `| \`${name}\` | ${cell(said)}${limits}.${where} | ${value === undefined ? '' : `\`${cell(value)}\``} |`
}

/** The README's table of outputs. */
export function outputsTable(): string {
  const rows = Object.entries(OUTPUTS).map(([name, help]) => `| \`${name}\` | ${cell(help)} |`)
  return ['| output | meaning |', '|---|---|', ...rows].join('\n')
}

/** The README with what stands between its markers replaced; `<!-- inputs -->` and `<!-- outputs -->` must be there. */
export function withTables(readme: string): string {
  return [
    { name: 'inputs', table: inputsTable() },
    { name: 'outputs', table: outputsTable() },
  ].reduce((text, { name, table }) => {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`README.md has no ${start} … ${end}`)
    return `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`
  }, readme)
}

if (import.meta.main) {
  const readme = join(root, 'README.md')
  const files = [
    { path: join(root, 'action.yml'), wanted: actionYml() },
    { path: readme, wanted: withTables(readFileSync(readme, 'utf8')) },
  ]
  for (const { path, wanted } of files) {
    if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue
    if (process.argv.includes('--write')) writeFileSync(path, wanted)
    else process.exitCode = 1
    console.log(
      `${path} ${process.argv.includes('--write') ? 'written' : 'is out of date: node scripts/tables.ts --write'}`,
    )
  }
}
