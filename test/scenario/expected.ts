import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TargetName } from '../bed/images.ts'
import type { ScanOutcome } from './scan.ts'

export type Statuses = Readonly<Record<string, string>>

const read = (name: string): Statuses | undefined => {
  const path = join(import.meta.dirname, 'expected', `${name}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Statuses) : undefined
}

/**
 * Statuses of the default profile's controls on an image of the test bed; `restricted` as a user who may not read all of it.
 * The image whose program exits at once has the same files as the one it is made from, and in `scratch` there is nothing to refuse.
 */
export function expectedStatuses(target: TargetName, level: 'baseline' | 'restricted'): Statuses {
  const name = target === 'target-exits' ? 'target-busybox' : target
  return (level === 'restricted' ? read(`${name}.restricted`) : undefined) ?? read(name)!
}

/** What only the image's configuration answers, and what only the user does that the image itself asks for. */
const OF_CONFIGURATION = ['cb-705', 'cb-706', 'cb-707']
const OF_USER = ['cb-701', 'cb-702', 'cb-703']

/**
 * Statuses where less is known of the image than podman knows at rest: a process does not tell the configuration, nor the image's
 * user where the scan sets it.
 */
export function withoutFacts(statuses: Statuses, unknown: { configuration: boolean; user: boolean }): Statuses {
  // whether the folder of another user than root is the image's own user's
  const ofUser = statuses['cb-701'] === 'passed' ? [...OF_USER, 'cb-704'] : OF_USER
  const all = (ids: readonly string[], status: string) => Object.fromEntries(ids.map((id) => [id, status]))
  return {
    ...statuses,
    ...(unknown.configuration ? all(OF_CONFIGURATION, 'no_impact') : {}),
    ...(unknown.user ? all(ofUser, 'skipped') : {}),
  }
}

/** What scans gave, image by image, to compare with `expectedOf`. */
export function statusesOf(scans: readonly ScanOutcome[]): [TargetName, Statuses][] {
  return scans.map(({ image, statuses }) => [/target-\w+/.exec(image)![0] as TargetName, statuses])
}

/** What these images should give. */
export function expectedOf(
  names: readonly TargetName[],
  statuses: (name: TargetName) => Statuses,
): [TargetName, Statuses][] {
  return names.map((name) => [name, statuses(name)])
}
