import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { commitFiles, root } from './files.ts'

/** Hosts a package manager of any machine may use; in pieces, so that this file does not name them either. */
const REGISTRIES = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['rubygems', 'org'],
  ['deb', 'debian', 'org'],
  ['security', 'debian', 'org'],
  ['archive', 'ubuntu', 'com'],
  ['proxy', 'golang', 'org'],
  ['registry-1', 'docker', 'io'],
  ['index', 'docker', 'io'],
].map((parts) => parts.join('.'))

/** The registry of the machine the tests run on, as npm hands it to its scripts. */
const machineRegistry = URL.canParse(process.env['npm_config_registry'] ?? '')
  ? [new URL(process.env['npm_config_registry']!).host]
  : []

/** Paths of the machine this runs on; not `/` or `/root`, which are on every machine. */
const machinePaths = [root, homedir()].filter((path) => path.split('/').length > 2)

/** Lines of a text that name one of the words, with their numbers. */
function linesWith(text: string, words: readonly string[]): string[] {
  return text.split('\n').flatMap((line, index) => {
    const word = words.find((one) => line.includes(one))
    return word === undefined ? [] : [`${index + 1}: ${word}`]
  })
}

const texts = () =>
  commitFiles('.', ':!dist/licenses.txt').map((path) => ({ path, text: readFileSync(join(root, path), 'latin1') }))

function findings(words: readonly string[]): string[] {
  return texts().flatMap(({ path, text }) => linesWith(text, words).map((line) => `${path}:${line}`))
}

describe('what a commit holds', () => {
  test('no host of a package registry', () => {
    expect(linesWith(`from https://${REGISTRIES[0]}/x`, REGISTRIES)).toHaveLength(1)
    expect(findings([...REGISTRIES, ...machineRegistry])).toEqual([])
  }, 60_000)

  test('no path of the machine it was made on', () => {
    expect(linesWith(`in ${root}/src`, machinePaths)).toHaveLength(1)
    expect(findings(machinePaths)).toEqual([])
  }, 60_000)

  test('no address in the lock file, and every package with its digest', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>
    }
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
    expect(packages.length).toBeGreaterThan(100)
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
    const bundled = packages.filter(([, entry]) => !entry.integrity && !('inBundle' in entry))
    expect(bundled.map(([path]) => path)).toEqual([])
  })

  test('no private key and no token', () => {
    // whole keys and tokens only: profiles and tests speak of their first lines
    const secrets = [
      /-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{200,}/,
      /\bgh[pousr]_[A-Za-z0-9]{36}\b/,
      // but for the one in the cloud's own documentation
      /\bAKIA(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b/,
    ]
    expect(secrets[1]!.test(`ghp_${'a'.repeat(36)}`)).toBe(true)
    const found = texts().flatMap(({ path, text }) => (secrets.some((one) => one.test(text)) ? [path] : []))
    expect(found).toEqual([])
  }, 60_000)
})
