import type { ControlDetails } from '../judge/details.ts'
import { SCAN_DIR, SCAN_FILES } from '../protocol/paths.ts'
import type { Repository } from './report.ts'

/** Where the profile lies in the pod; what comes behind it is the place inside the profile. */
const IN_POD = `${SCAN_DIR}/${SCAN_FILES.profile}/`

/** Where a control stands in its profile: `controls/a.rb:4`; empty where InSpec says nothing. */
export function placeOf({ location }: ControlDetails): string {
  return location === null ? '' : `${fileInProfile(location.file)}:${location.line}`
}

/** A path as InSpec wrote it, from the profile's root on where that can be seen. */
function fileInProfile(file: string): string {
  if (file.startsWith(IN_POD)) return file.slice(IN_POD.length)
  const controls = file.lastIndexOf('/controls/')
  return controls < 0 ? file.replace(/^\.\//, '') : file.slice(controls + 1)
}

/** A place in the repository, as code scanning and annotations point at it. */
interface RepositoryPlace {
  readonly file: string
  readonly line: number
  /** Whether the control itself stands there. */
  readonly own: boolean
}

/** Where a control stands in the repository, or the file that stands for it; undefined where there is neither. */
export function repositoryPlace({ location }: ControlDetails, repository: Repository): RepositoryPlace | undefined {
  if (repository.profile !== undefined && location?.file.startsWith(IN_POD)) {
    const inside = fileInProfile(location.file)
    // a dependency that the profile carries as an archive or link is elsewhere
    if (!inside.split('/').includes('..')) {
      const file = repository.profile === '' ? inside : `${repository.profile}/${inside}`
      return { file, line: location.line, own: true }
    }
  }
  return repository.fallback === undefined ? undefined : { file: repository.fallback, line: 1, own: false }
}
