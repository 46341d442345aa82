import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { parseCarriedMarker } from '../../src/scan/carried-marker.ts'

const FILES = { markerPath: '/r/done', resultsPath: '/r/out.json' }
const results = Buffer.from('{"a":1}')
const sha256 = createHash('sha256').update(results).digest('hex')
const now = { sha256, bytes: results.length, packedBytes: 30 }
const line = (left: string, change: object = {}) =>
  JSON.stringify({ left: Buffer.from(left).toString('base64'), ...now, ...change })
const ours = (change: object = {}) => JSON.stringify({ exitCode: 0, sha256, bytes: 7, packedBytes: 1, ...change })
const parse = (text: string) => parseCarriedMarker(text, FILES)

describe('the marker of a scanner that is not ours', () => {
  test('of ours: its digest and size are those of the results', () => {
    const { marker, trust } = parse(line(ours()))
    expect([marker.exitCode, marker.packedBytes, trust.by]).toEqual([0, 30, 'digest'])
  })

  test.each([
    ['', /is empty/],
    ['\n', /is empty/],
    ['done', /holds no digest/],
  ])('%j proves nothing but that the scanner had finished', (left, why) => {
    const { marker, trust } = parse(line(left))
    expect([marker.exitCode, marker.sha256, trust.by]).toEqual([undefined, sha256, 'none'])
    expect(trust.why).toMatch(why)
  })

  test.each([
    ['another size', line(ours({ bytes: 8 })), /has 7 bytes, the marker says 8/],
    ['another digest', line(ours({ sha256: 'f'.repeat(64) })), /digest of \/r\/out\.json differs/],
    ['a marker that was cut', line(ours().slice(0, 20)), /is not JSON/],
    ['a marker without a digest', line('{}'), /is damaged/],
    ['no results', line(ours(), { sha256: null, bytes: 0, packedBytes: 0 }), /left no results in \/r\/out\.json/],
    ['no results of an empty marker', line('', { sha256: null, bytes: 0, packedBytes: 0 }), /left no results/],
    ['results without end', line('', { sha256: null, bytes: 1e12, packedBytes: 0 }), /more than the 400 MiB/],
    ['sizes that are none', line('', { bytes: -1 }), /is damaged/],
    ['a folder', '{"problem":"marker"}', /\/r\/done is no file/],
    ['a huge marker', '{"problem":"size"}', /more than 700000 bytes/],
    ['text', 'hello', /is no description/],
    ['null', 'null', /is no description/],
  ])('%s is refused', (_, text, says) => {
    expect(() => parse(text)).toThrow(says)
    expect(() => parse(text)).toThrow(expect.objectContaining({ exitCode: 4 }))
  })
})
