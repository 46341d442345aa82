import fc from 'fast-check'
import { ScanError } from '../../src/errors.ts'

/** Cases for each property: all of them in CI, enough to see a mistake elsewhere. */
export const RUNS = Number(process.env['FUZZ_RUNS'] ?? (process.env['CI'] ? 10_000 : 500))
export const LIMIT = 600_000

/** One way to damage a document: cut it, flip bytes, drop, double or insert a piece. */
type Bytes = Buffer<ArrayBufferLike>
type Damage = (bytes: Bytes) => Bytes

const position = fc.double({ min: 0, max: 1, noNaN: true })
const at = (bytes: Buffer, share: number) => Math.floor(share * bytes.length)

const cut = position.map<Damage>((share) => (bytes) => bytes.subarray(0, at(bytes, share)))
const flip = fc.tuple(position, fc.integer({ min: 1, max: 255 })).map<Damage>(([share, mask]) => (bytes) => {
  const copy = Buffer.from(bytes)
  if (copy.length > 0) copy[Math.min(at(copy, share), copy.length - 1)]! ^= mask
  return copy
})
const drop = fc.tuple(position, fc.nat(40)).map<Damage>(([share, length]) => (bytes) => {
  const start = at(bytes, share)
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + length)])
})
const double = fc.tuple(position, fc.nat(40)).map<Damage>(([share, length]) => (bytes) => {
  const start = at(bytes, share)
  return Buffer.concat([bytes.subarray(0, start + length), bytes.subarray(start)])
})
const insert = fc
  .tuple(
    position,
    fc.oneof(
      fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\n', '\0', '&a', '*a', '<<', '- ', '!!js/x'),
      fc.string(),
    ),
  )
  .map<Damage>(([share, text]) => (bytes) => {
    const start = at(bytes, share)
    return Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(start)])
  })

/** A valid document, damaged in one to three places. */
export function damaged(valid: fc.Arbitrary<string | Buffer>): fc.Arbitrary<Bytes> {
  const damages = fc.array(fc.oneof(cut, flip, drop, double, insert), { minLength: 1, maxLength: 3 })
  return fc
    .tuple(valid, damages)
    .map(([document, list]) => list.reduce<Bytes>((bytes, damage) => damage(bytes), Buffer.from(document)))
}

/** What it returns, or undefined when it refuses by the one error there is; anything else is thrown on. */
export function refusing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ScanError)) throw error
    if (error.message === '') throw new Error('an error without a sentence')
    return undefined
  }
}
