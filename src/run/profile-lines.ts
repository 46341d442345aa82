import type { ProfileFacts } from '../payload/check-profile.ts'
import type { ProfileOrigin } from '../report/report.ts'
import type { LoadedProfile } from '../sources/load.ts'

/** What was loaded, for the log: each profile, and each dependency that was found for it. */
export function profileLines(loaded: readonly LoadedProfile[], facts: readonly ProfileFacts[]): string[] {
  return loaded.flatMap(({ source, dependencies }, index) => [
    `profile ${[facts[index]!.name, facts[index]!.version, ''].join(' ').trimStart()}from ${origin(source)}`,
    ...dependencies.map(
      ({ name, version, ...found }) =>
        `  depends on ${name} ${version} from ${origin({ ...found, text: found.source })}`,
    ),
  ])
}

/** Where it came from; of what may be another one tomorrow, what it is today. */
function origin(source: {
  text: string
  commit: string | undefined
  sha256?: string | undefined
  floating: boolean
}): string {
  const today = source.commit ?? source.sha256
  if (!source.floating || today === undefined) return source.text
  return `${source.text}, which is ${today.slice(0, 12)} today`
}

/** The same for the evidence: what ran, where it came from, and by which digest it is known again. */
export function profileOrigins(loaded: readonly LoadedProfile[], facts: readonly ProfileFacts[]): ProfileOrigin[] {
  return loaded.map(({ source, dependencies }, index) => ({
    name: facts[index]!.name,
    version: facts[index]!.version,
    source: source.text,
    commit: source.commit ?? null,
    sha256: source.sha256,
    floating: source.floating,
    dependencies: dependencies.map(({ commit, sha256, ...rest }) => ({
      ...rest,
      commit: commit ?? null,
      sha256: sha256 ?? null,
    })),
  }))
}
