import { EXIT, ScanError } from '../errors.ts'
import type { ProgramResult } from '../process/program.ts'
import { withoutCredentials } from './reference.ts'

/** The last line of what git says, without credentials. */
export const lastLine = (text: string) => withoutCredentials(text.trim().split('\n').at(-1) ?? '')

/** What git says when it cannot fetch, in the words of this project. */
export function explainGit({ exitCode, stderr }: ProgramResult, url: string, ref: string | undefined): ScanError {
  const where = withoutCredentials(url)
  const [why, hint] =
    exitCode === 127
      ? ['there is no git on this machine', 'install git, or give a folder or an archive']
      : (GIT_CAUSES.find(({ when }) => when.test(stderr))?.say(where, ref) ?? [
          `git cannot fetch ${where}: ${lastLine(stderr)}`,
          'check the address; clone the repository in an earlier step, and give the folder',
        ])
  return new ScanError(why, { exitCode: EXIT.usage, hint })
}

const GIT_CAUSES: readonly { when: RegExp; say: (where: string, ref: string | undefined) => [string, string] }[] = [
  {
    when: /couldn't find remote ref|not our ref|no such remote ref/i,
    say: (where, ref) => [
      `${where} has no branch, tag or commit \`${ref ?? 'HEAD'}\``,
      'check the ref behind `@`, or `branch`, `tag` and `ref` in inspec.yml',
    ],
  },
  {
    when: /could not read (Username|Password)|Authentication failed|HTTP 40[13]|error: 40[13]|Permission denied|terminal prompts disabled/i,
    say: (where) => [
      `${where} cannot be read: it does not exist, or it needs credentials`,
      'check the address; for a private repository give `token`',
    ],
  },
  {
    when: /not found|does not exist|does not appear to be a git repository|error: 404/i,
    say: (where) => [`there is no repository at ${where}`, 'check the address; for a private repository give `token`'],
  },
  {
    when: /could not resolve host|unable to access|connection refused|timed out|unable to connect|early EOF|hung up/i,
    say: (where) => [
      `${where} cannot be reached`,
      'check that this machine reaches the server; clone the repository in an earlier step, and give the folder',
    ],
  },
]
