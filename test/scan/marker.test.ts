import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { Log } from '../../src/log/log.ts'
import { parseMarker, unpackResults } from '../../src/scan/marker.ts'
import { progressLines } from '../../src/scan/progress.ts'
import { watchStream } from '../../src/scan/stream.ts'

const results = Buffer.from('{"profiles":[]}')
const packed = gzipSync(results)
const sha256 = createHash('sha256').update(results).digest('hex')
const facts = {
  nonce: 'n',
  exitCode: 0,
  sha256,
  bytes: results.length,
  packedBytes: packed.length,
  startedAt: 'a',
  finishedAt: 'b',
}
const marker = (changes: object = {}) => JSON.stringify({ ...facts, ...changes })
const TRUST = { kind: 'nonce', nonce: 'n' } as const
const untrusted = (message: RegExp) => expect.objectContaining({ exitCode: 4, message: expect.stringMatching(message) })

test('results that fit their marker come out byte for byte', () => {
  const parsed = parseMarker(marker({ census: { controls: 3 } }), TRUST)
  expect(unpackResults(packed, parsed).equals(results)).toBe(true)
  expect(parsed.controls).toBe(3)
})

test('what the census says of controls is read as far as it can be trusted', () => {
  const list = [
    { id: 'a', title: 'A', impact: 0.7, severity: 'high', severityoverride: null },
    { id: 'b', title: 7, impact: 1 },
    { id: 'no impact', title: 'x' },
    { id: 3, impact: 1 },
    null,
    { id: 'long', title: 'x'.repeat(10_000), impact: 0 },
  ]
  const { census, unasked } = parseMarker(marker({ census: { list, unanswered: ['controls/a.rb:1: why', 5, ''] } }), {
    kind: 'nonce',
    nonce: 'n',
  })
  expect([...census.keys()]).toEqual(['a', 'b', 'long'])
  expect(census.get('a')).toEqual({ title: 'A', impact: 0.7, tags: { severity: 'high', severityoverride: '' } })
  expect(census.get('long')!.title).toHaveLength(300)
  expect(unasked).toEqual(['controls/a.rb:1: why'])
  expect(parseMarker(marker({ census: { list: 'x', unanswered: {} } }), { kind: 'nonce', nonce: 'n' })).toMatchObject({
    unasked: [],
  })
})

describe('a marker that proves nothing', () => {
  test.each([
    ['no JSON', 'oops', /marker file is not JSON/],
    ['half of it', marker().slice(0, 40), /marker file is not JSON/],
    ['a list', '[]', /marker file is not a marker/],
    ['null', 'null', /marker file is not a marker/],
    ['of another scan', marker({ nonce: 'other' }), /another scan’s/],
    ['without a digest', marker({ sha256: undefined }), /damaged/],
    ['with a digest that is none', marker({ sha256: 'x' }), /damaged/],
    ['with a negative size', marker({ bytes: -1 }), /damaged/],
    ['with a fraction for a size', marker({ packedBytes: 1.5 }), /damaged/],
    ['with an exit code that is a text', marker({ exitCode: '0' }), /damaged/],
    ['of results beyond all measure', marker({ bytes: 500 * 1024 * 1024 }), /500 MiB .* more than the 400 MiB/],
    ['of a gzip beyond all measure', marker({ packedBytes: 300 * 1024 * 1024 }), /300 MiB compressed\), more than/],
  ])('%s', (_what, text, message) => {
    expect(() => parseMarker(text, TRUST)).toThrow(untrusted(message))
  })
})

describe('results that are not those of the marker', () => {
  const parsed = parseMarker(marker(), TRUST)
  test.each([
    ['truncated', packed.subarray(0, -3), /of \d+ bytes arrived/],
    ['longer', Buffer.concat([packed, Buffer.from('x')]), /of \d+ bytes arrived/],
    ['flipped', Buffer.from(packed.map((byte, index) => (index === 12 ? byte ^ 0xff : byte))), /damaged|digest|bytes/],
  ])('%s', (_what, bytes, message) => {
    expect(() => unpackResults(bytes, parsed)).toThrow(untrusted(message))
  })

  test('swapped for others of the same length', () => {
    const other = Buffer.from('{"profiles":{}}')
    const swapped = gzipSync(other)
    const claim = parseMarker(marker({ packedBytes: swapped.length }), TRUST)
    expect(() => unpackResults(swapped, claim)).toThrow(untrusted(/their digest differs/))
  })

  test('that unpack to more than they claim', () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    const claim = parseMarker(marker({ packedBytes: bomb.length }), TRUST)
    expect(() => unpackResults(bomb, claim)).toThrow(untrusted(/they have 1000000 bytes, the marker says 15/))
  })
})

test('a marker of a scanner that knows no nonce is believed as far as it can be', () => {
  expect(parseMarker(marker({ nonce: undefined }), { kind: 'digest' }).bytes).toBe(results.length)
  expect(() => parseMarker(marker({ nonce: undefined }), TRUST)).toThrow(untrusted(/not a marker/))
})

const reader = (given: { onProgress?: (text: string) => void; offset?: number } = {}) =>
  watchStream({ onProgress: () => {}, offset: 0, parse: (text) => parseMarker(text, TRUST), ...given })

describe('the stream keeps no more than it must', () => {
  const flood = Buffer.alloc(64 * 1024, 'x')

  test('a line without end is refused after 1 MiB', () => {
    const stream = reader()
    stream.push(Buffer.from('progress '))
    for (let i = 0; i < 15; i++) stream.push(flood)
    expect(() => stream.push(flood)).toThrow(untrusted(/a line of more than 1 MiB/))
  })

  test('a body longer than announced is refused, also behind an earlier connection', () => {
    for (const offset of [0, packed.length - 1]) {
      const stream = reader({ offset })
      stream.push(Buffer.from(`marker ${marker()}\n`))
      expect(() => stream.push(flood)).toThrow(untrusted(/more than the announced \d+ bytes arrived/))
      expect(Buffer.concat(stream.packed)).toHaveLength(0)
    }
  })

  test('a marker that announces too much is refused when it comes', () => {
    expect(() => reader().push(Buffer.from(`marker ${marker({ packedBytes: 4e8 })}\n`))).toThrow(untrusted(/more than/))
  })
})

test('progress is a few lines, whatever arrives', () => {
  const lines: string[] = []
  const log = { info: (line: string) => lines.push(line) } as unknown as Log
  const onProgress = progressLines(log, () => 0)
  for (const text of ['x', '5/3 a', '99999999/99999999', '1/2 a', '1/2x', 'awaiting', 'awaiting', '2/2 b'])
    onProgress(text)
  for (let i = 3; i < 1000; i++) onProgress(`${i}/${i} c`)
  expect(lines).toEqual([expect.stringMatching(/^waiting: /), '2 of 2 controls'])
})

test('the stream is read the same however it is cut into chunks', () => {
  const whole = Buffer.concat([Buffer.from(`alive\nprogress 1/2 a\nprogress 2/2 b\nmarker ${marker()}\n`), packed])
  for (let size = 1; size < whole.length; size += 7) {
    const seen: string[] = []
    const stream = reader({ onProgress: (text) => seen.push(text) })
    for (let at = 0; at < whole.length; at += size) stream.push(whole.subarray(at, at + size))
    expect([seen, stream.marker?.bytes]).toEqual([['1/2 a', '2/2 b'], results.length])
    expect(Buffer.concat(stream.packed).equals(packed)).toBe(true)
  }
})
