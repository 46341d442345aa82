import { EXIT, ScanError } from '../errors.ts'

type Version = readonly [number, number, number]

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]

/** `1.2.3`, `1.2` or `1`; what follows (a pre-release, a build) does not count here. */
function parseVersion(text: string): Version | undefined {
  const [, major, minor = '0', patch = '0'] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[.+-].*)?$/.exec(text.trim()) ?? []
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)]
}

/**
 * Whether a version meets a constraint as InSpec's `depends` has it (`>= 1.2`, `~> 1.2.0`, `1.2.3`); format: the InSpec
 * documentation, "Profile dependencies", which follows RubyGems. A version that is none meets nothing.
 * @throws ScanError (exit 2) for a constraint that cannot be read.
 */
export function meets(version: string, constraint: string): boolean {
  const [, operator = '', wanted = ''] = /^\s*(=|!=|<=|>=|<|>|~>|~)?\s*(.+?)\s*$/.exec(constraint) ?? []
  const limit = parseVersion(wanted)
  if (limit === undefined)
    throw new ScanError(`the version constraint \`${constraint}\` in inspec.yml cannot be read`, {
      exitCode: EXIT.usage,
      hint: 'write one as `>= 1.2.0` or `~> 1.2`; several are a list',
    })
  const given = parseVersion(version)
  if (given === undefined) return false
  const order = compare(given, limit)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '!=':
      return order !== 0
    case '~>':
    case '~':
      return order >= 0 && compare(given, nextOf(limit, wanted)) < 0
    default:
      return order === 0
  }
}

/** `~> 1.2.3` ends before 1.3.0, `~> 1.2` and `~> 1` before 2.0.0. */
function nextOf([major, minor]: Version, wanted: string): Version {
  return wanted.split('.').length > 2 ? [major, minor + 1, 0] : [major + 1, 0, 0]
}
