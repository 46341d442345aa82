import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ScanError } from '../../src/errors.ts'
import { checkProfile, metadataOf } from '../../src/payload/check-profile.ts'
import type { LooseValue } from '../../src/payload/loose-yaml.ts'
import { sensitiveValues } from '../../src/payload/sensitive.ts'
import { type PsychAnswer, psych } from './psych.ts'

const files = (metadata: string | Buffer, ...more: string[]) => [
  { path: 'inspec.yml', data: Buffer.from(metadata) },
  ...['controls/a.rb', ...more].map((path) => ({ path, data: Buffer.from('') })),
]

/** What we read, in the words of the Ruby side. */
function ours(data: Buffer): PsychAnswer | 'left to InSpec' {
  try {
    checkProfile(files(data, 'vendor/x/inspec.yml'))
    const { facts } = metadataOf(files(data))
    return facts ? { value: plain(facts) } : 'left to InSpec'
  } catch (error) {
    if (error instanceof ScanError) return { error: error.message }
    throw error
  }
}

function plain(value: LooseValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]))
  return typeof value === 'object' && value !== null ? value.shown : value
}

/** inspec.yml in pieces, as people write it: none of them changes what stands before or behind. */
const pieces = [
  'title: A profile',
  'title: "A profile: of \\"sorts\\""',
  "title: 'it''s'",
  'title: ours # a comment',
  'title: the first line\n  and [the second',
  'summary: |\n  Line {one}\n   - line [two\n\n  "three',
  'summary: >-\n  folded\n  text: yes\n',
  'summary: |2\n    kept\n',
  'summary: "quoted over\nlines, all the way\nleft"',
  "summary: 'quoted over\n   lines # no comment'",
  'supports: [ {platform-family: redhat}\n]',
  'supports:\n- platform-name: debian\n  release: 12\n- os-family: unix',
  'supports:\n  - platform-family: linux',
  'supports:\n    platform: os',
  'supports: []',
  'depends:\n- name: base\n  path: ./base',
  'depends:\n  - {name: base, git: "https://example.com/x.git"}',
  'depends: [\n{ name: base,\nurl: https://example.com/x.tar.gz # why\n}\n]',
  'depends:\n  - name: b\n    path: ../b\n  -   name: c\n      path: c',
  'inputs:\n  - name: token\n    sensitive: yes\n    value: secret\n  - name: b\n    sensitive: off',
  'inputs:\n- name: users\n  value: [root,\ndaemon,\n  "b]n" ]\n  type: Array',
  'inputs:\n  - name: list\n    value: [\n      "a",\n      "b"\n  ]\n  - name: other\n    sensitive: true',
  "inputs:\n  - name: it\n    value: {\n  a: 'x',\n  'b': [1,2]\n    }\n    sensitive: True",
  'attributes:\n  - name: key\n    sensitive: true',
  ':license: Apache-2.0',
  ':maintainer: :someone',
  'license: :"quoted symbol"',
  '"copyright": "us"',
  "'copyright_email' : us@example.com",
  '? maintainer\n: someone',
  'x: &a\n  b: c\ny: *a',
  'defaults: &d {sensitive: true, type: String}\nz:\n  <<: *d\n  name: w',
  'x: !custom {a: b}',
  'x: !!str 5',
  'nothing:',
  'nothing: ~',
  '# a whole line of comment',
  '',
  '   ',
  'tabs:\tafter the colon\t',
  'list: [a,\tb]',
  'deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
  'empty: {}',
  'trailing: [a, b, ]',
  'colon: a:b',
  'url: http://example.com/#x',
  'hash: a #b',
  'dash: - a',
  'percent: 100%',
  'star: "*"',
  'plus: +5',
  'zero: 010',
  'hex: 0x1F',
  'float: 1e3',
  'under: 1_000',
  'words: Yes sir',
  'answer: no',
  'release: 1.10',
  'at: 2020-01-01',
  'q: [it\'s, "x"]',
  'é: ü',
] as const
const names = ['name: p', 'name: "p"', 'name: 2024', 'name: 1.10', ':name: p', 'name: yes', 'name: p q', '"name": p']
const versions = [
  'version: 1.0.0',
  'version: 1.0',
  "version: '2.10'",
  'version: 3',
  'version: 1.0.0-rc1',
  ':version: 1',
]
const erbs = [
  'name: <%= "p" %>',
  "version: <%= '1.' + '2' %>",
  '<%# nothing %>',
  'x: <%= 1 + 1 %>',
  'title: "<%= %w(a b).join %> c"',
]
const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...pieces) },
  { weight: 1, arbitrary: fc.constantFrom(...[...names, ...versions].filter((one) => !one.startsWith(':'))) },
)
const metadata = fc
  .record({
    lines: fc.array(line, { maxLength: 10 }),
    name: fc.constantFrom(...names, ''),
    version: fc.constantFrom(...versions, ''),
    erb: fc.option(fc.constantFrom(...erbs), { freq: 4, nil: '' }),
    before: fc.constantFrom('', '', '---\n', '# hello\n---\n', '\n\n', '%YAML 1.1\n---\n'),
    after: fc.constantFrom('', '', '\n---\nsecond: [broken\n', '\n...\nrest', '\n'),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n'),
    bom: fc.constantFrom('', '', '\ufeff'),
    order: fc.nat(),
  })
  .map(({ lines, name, version, erb, before, after, lineEnd, bom, order }) => {
    // `:name` and `name` are two keys to Ruby, of which InSpec takes one: nobody writes both
    const symbols = name.startsWith(':') || version.startsWith(':')
    const others = symbols ? lines.filter((one) => ![...names, ...versions].includes(one)) : lines
    const all = [...others, version, symbols ? '' : (erb ?? '')]
    all.splice(order % (all.length + 1), 0, name)
    return Buffer.from(bom + (before + all.join('\n') + after).replaceAll('\n', lineEnd))
  })
/** The same with a few characters lost, doubled or put in. */
const damaged = fc
  .tuple(
    metadata,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', ...'[]{}"\':,#-&*!|>%@\n\t ')), { minLength: 1, maxLength: 3 }),
  )
  .map(([data, edits]) =>
    edits.reduce((text, [at, put]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + put + text.slice(place + (at % 2))
    }, data.toString('utf8')),
  )
  .map((text) => Buffer.from(text))

const KEYS = ['name', 'version', 'depends', 'supports', 'inputs', 'attributes'] as const
const picked = (value: unknown) => KEYS.map((key) => (value as Record<string, unknown>)[key] ?? null)
// with ERB our reading is best effort; behind a byte order mark libyaml reads the first key only
const comparable = (data: Buffer) => !data.includes('<%') && !data.includes('\ufeff')

/** What we get wrong of what Psych reads, and which part of it we read too. */
function compare(documents: readonly Buffer[], wanted: 'acceptance' | 'keys') {
  const wrong: unknown[] = []
  let accepted = 0
  let read = 0
  psych(documents, { erb: true }).forEach((truth, index) => {
    const data = documents[index]!
    const mine = ours(data)
    if (!('value' in truth) || typeof truth.value !== 'object' || Array.isArray(truth.value)) return
    // a dependency that is a word is read well, and refused
    const misread = mine !== 'left to InSpec' && 'error' in mine && !mine.error.includes('under `depends`')
    if (misread) wrong.push({ text: data.toString(), mine, truth })
    if (!comparable(data) || truth.value === null) return
    accepted += 1
    if (mine === 'left to InSpec' || 'error' in mine) return
    read += 1
    const [we, they] = [picked(mine.value), picked(truth.value)]
    if (wanted === 'keys' && JSON.stringify(we) !== JSON.stringify(they))
      wrong.push({ text: data.toString(), we, they })
  })
  return { wrong: wrong.slice(0, 3), accepted, read }
}

describe('inspec.yml against this machine’s Ruby', () => {
  test('what people write is accepted, and the keys we use are the same', () => {
    const { wrong, accepted, read } = compare(fc.sample(metadata, 3_000), 'keys')
    expect(wrong).toEqual([])
    expect(accepted).toBeGreaterThan(500)
    expect(read / accepted).toBeGreaterThan(0.99)
  }, 300_000)

  test('damaged files: refused only where Psych refuses too', () => {
    const { wrong, accepted, read } = compare(fc.sample(damaged, 3_000), 'acceptance')
    expect(wrong).toEqual([])
    expect(read / accepted).toBeGreaterThan(0.97)
  }, 300_000)
})

const message = (metadata: string | Buffer, ...more: string[]): string => {
  try {
    checkProfile(files(metadata, ...more))
    return 'accepted'
  } catch (error) {
    if (error instanceof ScanError) return error.message
    throw error
  }
}

describe('what is refused before anything is created', () => {
  test.each([
    [
      'a git dependency closed left of its key',
      'depends: [\n{ name: base,\ngit: "https://example.com/x.git" }\n]\n',
      'base',
    ],
    ['under a symbol key', ':depends:\n  - :name: base\n    :url: https://example.com/x.tar.gz\n', 'base'],
    ['behind a key that is repeated', 'name: a\nname: b\ndepends:\n  - {name: base, supermarket: x/y}\n', 'base'],
    ['beside ERB', 'name: <%= ENV["NAME"] %>\ndepends:\n  - name: base\n    git: <%= ENV["URL"] %>\n', 'base'],
    ['in Latin-1', Buffer.from('title: caf\xe9\ndepends:\n  - name: base\n    url: x\n', 'latin1'), 'base'],
    ['through an anchor', 'x: &d\n  - name: base\n    git: y\ndepends: *d\n', 'base'],
    ['with CRLF and a BOM', '\ufeffname: a\r\ndepends:\r\n  - name: base\r\n    git: y\r\n', 'base'],
  ])('a dependency that would be downloaded: %s', (_, metadata, name) => {
    expect(message(metadata)).toBe(`the profile depends on \`${name}\`, which would have to be downloaded`)
    expect(message(metadata, 'vendor/base/inspec.yml')).toBe('accepted')
  })

  test.each([
    ['a list', '- name: a\n', 'has an inspec.yml without keys'],
    ['a word', 'hello\n', 'has an inspec.yml without keys'],
    ['a bracket that never closes', 'name: a\ninputs: [a\n', 'has a broken inspec.yml, line 3'],
    ['a quote that never closes', 'name: a\ntitle: "b\n', 'has a broken inspec.yml, line 3'],
  ])('what InSpec refuses as well: %s', (_, metadata, text) => {
    expect(message(metadata)).toContain(text)
    expect(psych([Buffer.from(metadata)], { erb: true })[0]).not.toMatchObject({ value: { name: 'a' } })
  })

  test('no controls, unless dependencies or ERB may bring some', () => {
    const bare = (metadata: string) =>
      checkProfile([
        { path: 'inspec.yml', data: Buffer.from(metadata) },
        { path: 'vendor/x', data: Buffer.from('') },
      ])
    expect(() => bare('name: a\n')).toThrow('has no controls')
    expect(() => bare('name: a\ndepends: [{name: x}]\n')).not.toThrow()
    expect(() => bare('name: a\n<% if true %>depends: [{name: x}]<% end %>\n')).not.toThrow()
  })
})

describe('what is left to InSpec', () => {
  test.each([
    ['conditional dependencies', 'name: a\n<% if ENV["X"] %>\ndepends:\n  - name: b\n    git: x\n<% end %>\n', 'a'],
    ['a name that Ruby makes', "name: <%= 'a'.upcase %>\n", ''],
    ['a name that is text in a tag', "name: <%= 'a' %>\n", 'a'],
    ['no name', 'title: x\n', ''],
    ['nothing at all', '', ''],
    ['a number for a name', 'name: 2024\n', '2024'],
    ['what our parser does not read', 'name: "a"\ntitle: `b\n', 'a'],
    ['a type of Ruby', 'name: a\nx: !ruby/object:Object {}\n', 'a'],
    ['a date', 'name: a\nx: 2020-01-01\n', 'a'],
    ['a path that Ruby makes', 'name: a\ndepends:\n  - name: b\n    path: <%= ENV["B"] %>\n', 'a'],
  ])('%s', (_, metadata, name) => {
    expect(message(metadata)).toBe('accepted')
    expect(checkProfile(files(metadata)).name).toBe(name)
  })
})

describe('sensitive inputs', () => {
  const values = (metadata: string, inputs: string) => sensitiveValues(metadataOf(files(metadata)), inputs)
  const declared = (one: string) => `name: a\ninputs: [\n{ name: token, ${one} },\n{ name: open }\n]\n`

  test.each([
    ['a value', 'sensitive: yes', 'token: geheim\nopen: offen\n', ['geheim']],
    [
      'a list that closes left of its key',
      'sensitive: true',
      'x:\n  token: offen\ntoken: [\n"erste",\n"zweite"\n]\n',
      ['zweite', 'erste'],
    ],
    ['repeated keys: the last', 'sensitive: on', 'token: first\ntoken: second\n', ['second']],
    ['a symbol key', 'sensitive: true', ':token: geheim\n', ['geheim']],
    ['a number, as written and as Ruby shows it', 'sensitive: true', 'token: 010000\n', ['010000', '4096']],
    ['an inputs file that only Psych reads: its lines', 'sensitive: true', 'token: geheim\nx: `y\n', ['geheim']],
    ['a flag that Ruby decides', 'sensitive: <%= ENV["X"] %>', 'token: geheim\n', ['geheim']],
    ['not sensitive', 'sensitive: no', 'token: geheim\n', []],
  ])('%s', (_, one, inputs, wanted) => {
    expect(values(declared(one), inputs)).toEqual(wanted)
  })

  test('a name that only Ruby knows, or metadata that cannot be read: every value', () => {
    const inputs = 'token: geheim\nother: anderes\n'
    expect(values('inputs:\n  - name: <%= ENV["N"] %>\n    sensitive: true\n', inputs)).toEqual(['anderes', 'geheim'])
    expect(values('title: `b\ninputs:\n  - name: token\n    sensitive: true\n', inputs)).toEqual(['anderes', 'geheim'])
    expect(values('title: `b\n', inputs)).toEqual([])
  })
})
