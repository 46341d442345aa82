import { INSPEC_EXIT, SCRIPT_EXIT } from '../protocol/exit-codes.ts'
import { SCAN_DIR, SCAN_FILES } from '../protocol/paths.ts'
import { SENTENCES } from '../protocol/sentences.ts'

/** What became of a scan without results, and what to do about it. */
interface Explanation {
  readonly message: string
  readonly hint: string
}

interface Cause {
  /** InSpec's exit codes it comes with; any where absent. */
  readonly exit?: readonly number[]
  /** A line of the scanner's log. */
  readonly says?: RegExp
  /** `below`: the lines after the one that was found. */
  readonly explain: (found: RegExpExecArray, below: readonly string[], lines: readonly string[]) => Explanation
}

const MAX_QUOTE = 300
const CINC = 'or use cincproject/auditor as `scanner-image`, which needs no licence'
/** An error of Ruby, with file and line below the folder of the profile. */
const ERROR_IN_PROFILE = new RegExp(
  `(?:^|${SCAN_DIR}/${SCAN_FILES.profile}/)((?:controls|libraries|test)/[^:\\s]+:\\d+)(?::in [\`'][^']*')?: (.+)$`,
)
/** A line of a backtrace, in the profile or in one that it depends on. */
const FROM_PROFILE = new RegExp(
  `^\\s*from (?:${SCAN_DIR}/${SCAN_FILES.profile}/)?((?:[^/]\\S*/)?(?:controls|libraries|test)/.+?:\\d+):in `,
)
const OWN_LICENCE = 'InSpec’s licence is not accepted'

/** In this order: the first that the log or the exit code shows is the cause. */
const CAUSES: readonly Cause[] = [
  {
    exit: [SCRIPT_EXIT.noInspec],
    explain: () => ({
      message: 'the scanner image has neither `cinc-auditor` nor `inspec`',
      hint: 'set `scanner-image` to one that has, such as cincproject/auditor',
    }),
  },
  {
    says: /unable to connect to the licensing server.*/i,
    explain: ([line]) => ({
      message: `InSpec could not check its licence: ${quote(line)}`,
      hint: `name a licensing server that the pod can reach in \`chef-license-server\`, ${CINC}`,
    }),
  },
  {
    exit: [INSPEC_EXIT.noLicence],
    explain: () => ({ message: OWN_LICENCE, hint: `set \`chef-license-key\` if you hold one, ${CINC}` }),
  },
  {
    exit: [INSPEC_EXIT.expiredLicence],
    explain: () => ({
      message: 'the licence in `chef-license-key` does not entitle to InSpec, or has expired',
      hint: `renew it or use another, ${CINC}`,
    }),
  },
  {
    exit: [INSPEC_EXIT.invalidLicence],
    explain: () => ({
      message: 'InSpec has no licence key, or takes the one it has for invalid',
      hint: `set \`chef-license-key\`, ${CINC}`,
    }),
  },
  {
    exit: [137],
    explain: () => ({
      message: 'InSpec was killed (exit code 137), most likely because its memory limit was too low',
      hint: 'raise the memory limit in `scanner-resources`',
    }),
  },
  {
    says: /This profile requires .*?version (.+?)\. You are running .*? v?(\d[\w.]*\w)/,
    explain: ([, wanted, had]) => ({
      message: `the profile needs InSpec ${quote(wanted)}, and the scanner image has ${quote(had)}`,
      hint: 'set `scanner-image` to one with such a version, or use a version of the profile for the one it has',
    }),
  },
  {
    says: /\b(inspec-[a-z0-9]+(?:-[a-z0-9]+)*-resources)\b/,
    explain: ([, gem]) => ({
      message: `the profile uses a resource that InSpec 7 moved to the gem ${gem}, which the scanner image lacks`,
      hint: `use a \`scanner-image\` with InSpec 6 or older, or one that has the gem ${gem}; nothing is installed during a scan`,
    }),
  },
  {
    says: /interactivity is disabled|gem dependenc(?:y|ies).*(?:not|missing)/i,
    explain: (_found, _below, lines) => {
      const gems = lines.flatMap((line) => /^\W*•\W*([\w-]+.*)$/.exec(line)?.[1]?.trim() ?? [])
      return {
        message: `the profile depends on gems that the scanner image lacks${gems.length === 0 ? '' : `: ${quote(gems.join(', '))}`}`,
        hint: 'use a `scanner-image` that has the gems of `gem_dependencies` in inspec.yml; nothing is installed during a scan',
      }
    },
  },
  {
    says: ERROR_IN_PROFILE,
    explain: ([, place, error], below) => ({
      message: `the profile has an error: ${place}: ${quote(syntaxError(error!, below))}`,
      hint: 'fix it: `inspec check` finds such errors before the scan',
    }),
  },
  {
    // raised in InSpec or Ruby itself, where a control calls it outside an example
    says: /^(?!\s*from )\S.*:\d+:in [`'][^']*': .+ \((?!SidecarScan::|Train::)[A-Z][\w:]*\)$/,
    explain: ([line], below) => {
      const place = below.map((text) => FROM_PROFILE.exec(text)?.[1]).find((found) => found !== undefined)
      const error = quote(line!.replace(/^.*?:\d+:in [`'][^']*': /, ''))
      return {
        message: place
          ? `InSpec itself ended at ${place} of the profile: ${error}`
          : `InSpec itself ended with an error: ${error}`,
        hint: place
          ? 'that line ends InSpec with any target of this kind: mend it, or leave its control out with `controls`'
          : 'see the scanner’s log above',
      }
    },
  },
  {
    exit: [INSPEC_EXIT.notLoaded],
    explain: (_found, lines) => ({
      message: `InSpec could not load the profile${quoted(lines)}`,
      hint: 'run `inspec check` on the profile; see the scanner’s log above',
    }),
  },
]

/** What the transport says of a target it cannot look at, and which input helps. */
const HINTS: readonly { readonly says: RegExp; readonly hint: string; readonly patched: string }[] = [
  {
    says: SENTENCES.unreadableTarget,
    hint: 'the image runs as a user of its own: set `pod-security: privileged`, or `run-as-user` to that user’s number, or scan at rest with `target-mode: hold`',
    patched:
      'the target runs as a user of its own: render the patch again with `--run-as-user` and that user’s number, or with `--pod-security privileged`, and apply it',
  },
  {
    says: SENTENCES.noTarget,
    hint: 'the target must carry its marker variable: name its command line in `target-process`, or scan at rest with `target-mode: hold`',
    patched:
      'the target must carry the variable SCAN_TARGET of the patch: render the patch again with `--container NAME`, and apply it',
  },
  {
    says: SENTENCES.targetGone,
    hint: 'the target must keep running: give it what it needs with `target-command`, `target-args` and `target-env`, or scan at rest with `target-mode: hold`',
    patched: 'the target must keep running: its container’s log says why it ended',
  },
]

/**
 * Why InSpec wrote no results, from its exit code (its documentation, "inspec exec", Exit codes) and the scanner's log; `patched`
 * where the scanner stands in a workload, which inputs of this run do not change.
 */
export function withoutResults(exitCode: number | undefined, scannerLog: string, patched: boolean): Explanation {
  const lines = scannerLog.trim().split('\n').map(plain)
  for (const { exit, says, explain } of CAUSES) {
    if (exit && !(exit as readonly (number | undefined)[]).includes(exitCode)) continue
    const index = says ? lines.findLastIndex((line) => says.test(line)) : 0
    if (index >= 0) return explain(says?.exec(lines[index]!) ?? NOTHING, lines.slice(says ? index + 1 : 0), lines)
  }
  const last = lastWord(lines)
  const known = HINTS.find(({ says }) => says.test(last))
  return {
    message: `InSpec ended with exit code ${exitCode} and wrote no results${quoted(lines)}`,
    hint: (known && (patched ? known.patched : known.hint)) ?? 'see the scanner’s log above',
  }
}

const NOTHING = [] as unknown as RegExpExecArray
const BACKTRACE = /^\s*from /

/** Without the colours that InSpec writes even to a file. */
function plain(line: string): string {
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '').trimEnd()
}

function quote(text: string | undefined): string {
  return (text ?? '').trim().slice(0, MAX_QUOTE)
}

function lastWord(lines: readonly string[]): string {
  return lines.findLast((line) => /error|cannot|failed|not /i.test(line) && !BACKTRACE.test(line)) ?? ''
}

function quoted(lines: readonly string[]): string {
  const said = quote(lastWord(lines))
  return said === '' ? '' : `: ${said}`
}

/** Ruby 3.4 says what is wrong below the line it quotes: `  |  ^~ unexpected 'do'; expected a ')'`. */
function syntaxError(error: string, rest: readonly string[]): string {
  if (!/syntax errors? found/.test(error)) return error
  const what = rest.map((line) => /^\s*(?:\d+\s*)?\|\s*\^[~^]*\s*(\S.*)$/.exec(line)?.[1]).find((found) => found)
  return what ? `syntax error: ${what}` : error
}
