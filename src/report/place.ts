import type { ControlDetails } from '../judge/details.ts'

/** Where the profile lies in the pod; what comes behind it is the place inside the profile. */
const IN_POD = '/scan/profile/'

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
