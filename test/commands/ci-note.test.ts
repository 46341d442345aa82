import { expect, test } from '@jest/globals'
import { ciNote } from '../../src/commands/ci-note.ts'
import { ciOf } from '../../src/run/provenance.ts'

const note = (env: NodeJS.ProcessEnv, folder = 'scan-results-1') => ciNote(ciOf(env), folder)

test('each CI that is known is told what it has to keep itself; a plain shell and a CI that is not known are told nothing', () => {
  expect(note({ GITHUB_ACTIONS: 'true' })).toMatch(
    /^note: on GitHub .*\$GITHUB_STEP_SUMMARY.*scan-results-1 \(docs\/ci\.md\)\n$/,
  )
  expect(note({ GITLAB_CI: 'true' })).toMatch(/^note: GitLab keeps scan-results-1 only with `artifacts: paths`/)
  expect(note({ JENKINS_URL: 'https://a/', BUILD_URL: 'https://a/1/' })).toMatch(
    /^note: Jenkins keeps scan-results-1 only/,
  )
  expect([
    note({}),
    note({ CI: 'true' }),
    note({ JENKINS_URL: 'https://a/' }),
    note({ GITLAB_CI: 'true' }, ''),
  ]).toEqual(['', '', '', ''])
})
