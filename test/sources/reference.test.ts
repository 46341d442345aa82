import { describe, expect, test } from '@jest/globals'
import { ScanError } from '../../src/errors.ts'
import { isPinned, parseReference, type RemoteReference, referenceText } from '../../src/sources/reference.ts'

const GITHUB = 'https://github.com'
const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const SHA256 = 'ab'.repeat(32)
const git = (url: string, ref?: string, folder = '') => ({ kind: 'git', url, ref, folder })

describe('a line of `profile`', () => {
  test.each([
    ['./profiles/rhel9', { kind: 'local', path: './profiles/rhel9' }],
    ['profiles/rhel9', { kind: 'local', path: 'profiles/rhel9' }],
    ['container-baseline', { kind: 'local', path: 'container-baseline' }],
    ['a b@c.tar.gz', { kind: 'local', path: 'a b@c.tar.gz' }],
    ['mitre/base@v1.2.0', git('https://github.com/mitre/base.git', 'v1.2.0')],
    ['mitre/base@release/1.x//sub', git('https://github.com/mitre/base.git', 'release/1.x', 'sub')],
    ['git+https://git.example/o/r', git('https://git.example/o/r')],
    ['git+https://git.example/o/r.git@main', git('https://git.example/o/r.git', 'main')],
    ['git+https://git.example/o/r@feature/x//a/b/', git('https://git.example/o/r', 'feature/x', 'a/b')],
    ['git+https://git.example/o/r//a@b', git('https://git.example/o/r', undefined, 'a@b')],
    ['git+https://user:word@git.example/o/r@v1', git('https://user:word@git.example/o/r', 'v1')],
    ['git+ssh://git@git.example/o/r@v1', git('ssh://git@git.example/o/r', 'v1')],
    ['git@git.example:o/r.git', git('git@git.example:o/r.git')],
    ['git@git.example:o/r.git@v1//sub', git('git@git.example:o/r.git', 'v1', 'sub')],
    ['https://git.example/o/r.git', git('https://git.example/o/r.git')],
    ['https://github.com/o/r', git('https://github.com/o/r.git')],
    ['https://github.com/o/r/', git('https://github.com/o/r.git')],
    ['https://github.com/o/r/tree/feature/x', git('https://github.com/o/r.git', 'feature/x')],
    ['https://host.example/p.tar.gz', { kind: 'archive', url: 'https://host.example/p.tar.gz', sha256: undefined }],
    [
      `https://host.example/p.zip#sha256=${SHA256.toUpperCase()}`,
      { kind: 'archive', url: 'https://host.example/p.zip', sha256: SHA256 },
    ],
    [
      'https://github.com/o/r/archive/main.tar.gz',
      { kind: 'archive', url: 'https://github.com/o/r/archive/main.tar.gz', sha256: undefined },
    ],
  ])('%s', (text, expected) => {
    expect(parseReference(text, GITHUB)).toEqual(expected)
  })

  test.each([
    ['supermarket://dev-sec/linux-baseline', 'would come from supermarket'],
    ['compliance://admin/base', 'would come from compliance'],
    ['oci://ghcr.io/o/r', 'would come from oci'],
    ['git+ext::sh -c id', 'an address that git cannot fetch'],
    ['git+https://git.example', 'names no repository'],
    ['git+https://git.example/o/r@--upload-pack=id', 'as its ref'],
    ['git+https://git.example/o/r@a..b', 'as its ref'],
    ['git+https://git.example/o/r@', 'as its ref'],
    ['git+https://git.example/o/r@v1//../../etc', 'outside the repository'],
    ['ftp://host.example/p.tar.gz', 'an address of an unknown kind'],
    ['https://host.example/p.tar.gz#sha256=12', 'ends in `#sha256=12`'],
    ['https://', 'is not a valid address'],
  ])('%s is refused', (text, why) => {
    expect(() => parseReference(text, GITHUB)).toThrow(ScanError)
    expect(() => parseReference(text, GITHUB)).toThrow(why)
  })

  test('never shows a password', () => {
    const text = 'git+https://user:hunter22@git.example/o/r@a..b'
    expect(() => parseReference(text, GITHUB)).toThrow(/git\+https:\/\/git\.example/)
    expect(() => parseReference(text, GITHUB)).not.toThrow(/hunter22/)
    expect(referenceText(parseReference('git+https://u:hunter22@git.example/o/r@v1//s', GITHUB))).toBe(
      'https://git.example/o/r@v1//s',
    )
  })

  test('is pinned by a whole commit or a digest only', () => {
    const pinned = (text: string) => isPinned(parseReference(text, GITHUB) as RemoteReference)
    expect(pinned(`o/r@${COMMIT}`)).toBe(true)
    expect(pinned(`o/r@${COMMIT.slice(0, 12)}`)).toBe(false)
    expect(pinned('o/r@v1')).toBe(false)
    expect(pinned(`https://h.example/p.zip#sha256=${SHA256}`)).toBe(true)
    expect(pinned('https://h.example/p.zip')).toBe(false)
  })
})
