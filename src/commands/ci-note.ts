import type { Ci } from '../report/report.ts'

/** What the CLI leaves to a CI: there it uploads nothing, and shows nothing but its log. Empty outside of a CI that is known. */
export function ciNote(ci: Ci | null, folder: string): string {
  if (ci === null || folder === '') return ''
  return `note: ${NOTES[ci.provider](folder)} (docs/ci.md)\n`
}

const NOTES: Readonly<Record<Ci['provider'], (folder: string) => string>> = {
  github: (folder) =>
    `on GitHub the CLI writes no job summary and no annotations, and uploads nothing: use the Action, or append scan-summary.md to $GITHUB_STEP_SUMMARY and upload ${folder}`,
  gitlab: (folder) =>
    `GitLab keeps ${folder} only with \`artifacts: paths\` and \`when: always\`; it shows the files of \`--formats junit,gitlab\` with \`artifacts: reports\``,
  jenkins: (folder) =>
    `Jenkins keeps ${folder} only with \`archiveArtifacts\`; it shows the file of \`--formats junit\` with \`junit\``,
}
