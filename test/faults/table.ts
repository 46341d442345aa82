// node test/faults/table.ts --write: docs/faults.md from the rows that the tests hold the software to.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultRow } from './row.ts'
import { FAULTS } from './rows.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'faults.md')

const HEAD = `# Faults

What goes wrong, and what the software makes of it. Written by \`node test/faults/table.ts --write\` from the rows that the tests in
\`test/faults\` hold it to: each row is an automated test, or says why it cannot be one here. \`…\` stands for what differs each time.
Whatever happens, nothing is left behind that the run could still remove, and results that were fetched are on disk.
`

/** The page as it should be. */
export function faultsPage(): string {
  const sections = FAULTS.map(({ title, rows }) => {
    const lines = rows.map(line)
    return `## ${title}\n\n| fault | verdict | exit code | what it says | what to do |\n|---|---|---|---|---|\n${lines.join('\n')}\n`
  })
  return [HEAD, ...sections].join('\n')
}

/** The page as it is. */
export const committedPage = (): string => readFileSync(page, 'utf8')

function line({ fault, verdict, exitCode, says, hint, notHere }: FaultRow): string {
  const said = says === '' ? (verdict === 'passed' ? 'the scan goes on, and its verdict is right' : '') : says
  const cells = [fault + (notHere ? ` *(not tested here: ${notHere})*` : ''), verdict, String(exitCode), said, hint]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(page, faultsPage())
  else process.stdout.write(faultsPage())
}
