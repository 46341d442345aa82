import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The repository's folder. */
export const root = join(import.meta.dirname, '..', '..')

/** Paths of all files that a commit would hold: tracked, or new and not ignored; `only` are git path patterns. */
export function commitFiles(...only: string[]): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...only], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  })
  return list
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
}
