import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TargetName } from '../bed/images.ts'
import type { ScanOutcome } from './scan.ts'

export type Statuses = Readonly<Record<string, string>>

/** Ids of the controls that ask for the environment of the image: a mounted image has none. */
export const ASKS_ENVIRONMENT = ['cb-308', 'cb-503', 'cb-504']

/** Why a mounted image does not answer them. */
export const NO_PROCESS =
  'Not available through the proc transport: the environment of the target (no process: target-mode: run)'

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

/** The same through a mounted image: what only a process can tell is skipped. */
export function mountedStatuses(target: TargetName, level: 'baseline' | 'restricted'): Statuses {
  const skipped = ASKS_ENVIRONMENT.map((id) => [id, 'skipped'])
  return { ...expectedStatuses(target, level), ...Object.fromEntries(skipped) }
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
