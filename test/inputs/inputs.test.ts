import { describe, expect, test } from '@jest/globals'
import { parseFlags } from '../../src/commands/flags.ts'
import { ScanError } from '../../src/errors.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import { inputsOf } from '../../src/inputs/scopes.ts'
import { INPUT_SPECS, type InputName } from '../../src/inputs/table.ts'

function refusal(run: () => unknown): ScanError {
  try {
    run()
  } catch (error) {
    if (error instanceof ScanError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('timeout', () => {
  test.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
    ['', 900],
  ])('%j is %d seconds', (timeout, seconds) => {
    expect(parseInputs({ image: 'app:1', timeout }).timeoutSeconds).toBe(seconds)
  })

  test.each(['15 minutes', '-1', '9', '9s', '25h', '1.5h', '1w', '0x10'])('%j is refused', (timeout) => {
    const { message, hint, exitCode } = refusal(() => parseInputs({ image: 'app:1', timeout }))
    expect(exitCode).toBe(2)
    expect(message).toBe(`input \`timeout\` is \`${timeout}\``)
    expect(hint).toBe('write seconds, or a time such as `15m` or `1h`, from 10 to 86400 seconds')
  })
})

describe('numbers', () => {
  const numbers = [...INPUT_SPECS].filter(([, { kind }]) => kind === 'integer')

  test('every number has a range in the table', () => {
    expect(numbers.filter(([, { range }]) => range === undefined)).toEqual([])
  })

  test.each(numbers.map(([name, { range }]) => [name, range![0], range![1]] as const))(
    '%s takes %d and %d, and nothing beyond',
    (name, min, max) => {
      for (const value of [min, max]) expect(() => parseInputs({ image: 'app:1', [name]: `${value}` })).not.toThrow()
      for (const value of [`${max + 1}`, `${min - 1}`, '1.5', 'x', '1e2'])
        expect(refusal(() => parseInputs({ image: 'app:1', [name]: value })).hint).toContain(`from ${min} to ${max}`)
    },
  )
})

describe('upload', () => {
  test.each([
    ['', 'auto'],
    ['auto', 'auto'],
    ['Auto', 'auto'],
    ['true', true],
    ['Yes', true],
    ['FALSE', false],
    ['off', false],
  ])('%j is %j', (upload, value) => expect(parseInputs({ image: 'app:1', upload }).upload).toBe(value))

  test('anything else is refused, with all three', () => {
    const { message, hint, exitCode } = refusal(() => parseInputs({ image: 'app:1', upload: 'maybe' }))
    expect([exitCode, message]).toEqual([2, 'input `upload` is `maybe`'])
    expect(hint).toBe('it may be `auto`, `true` or `false`')
  })
})

describe('scopes', () => {
  test('an image is asked for only by commands that take one', () => {
    const names = inputsOf({ scopes: ['cluster'] })
    expect(names).toContain('kubeconfig')
    expect(names).not.toContain('image')
    expect(parseInputs({}, names).images).toEqual([])
    expect(refusal(() => parseInputs({}, [...names, 'image'])).message).toBe('input `image` is missing')
    expect(refusal(() => parseInputs({})).message).toBe('input `image` is missing')
  })

  test('inputs for workflows only are no flags', () => {
    const all = inputsOf({ scopes: ['scan', 'running', 'judge', 'cluster', 'pod', 'results'] })
    expect(all).not.toContain('artifact-name')
    const missing = [...INPUT_SPECS].filter(([name, { only }]) => only !== 'action' && !all.includes(name))
    expect(missing).toEqual([])
  })

  test('single inputs can be added and left out', () => {
    expect(inputsOf({ scopes: [], also: ['dry-run', 'image'] })).toEqual(['image', 'dry-run'])
    expect(inputsOf({ scopes: ['cluster'], except: ['namespace'] })).not.toContain('namespace')
  })
})

describe('words without a flag', () => {
  const positionals: InputName[] = ['image', 'profile']
  const parse = (...argv: string[]) =>
    parseFlags('run', argv, ['image', 'profile', 'container-context'], { json: 'boolean' }, positionals)

  test('are the image and the profile', () => {
    expect(parse('app:1', './profile', '--json')).toEqual({
      raw: { image: 'app:1', profile: './profile' },
      own: { json: true },
    })
    expect(parse('--container-context=false', 'app:1').raw).toEqual({ image: 'app:1', 'container-context': 'false' })
  })

  test('are refused when there are too many, or the flag is given too', () => {
    expect(refusal(() => parse('a', 'b', 'c'))).toMatchObject({
      exitCode: 2,
      message: 'run: `c` is one word too many',
      hint: 'write `sidecar-scan run IMAGE PROFILE`; every other value needs its flag',
    })
    expect(refusal(() => parse('a', '--image', 'b'))).toMatchObject({
      exitCode: 2,
      message: 'run: `a` and --image are both given',
    })
  })
})

test.each([
  ['chef-license-key', 'not a key!', /input `chef-license-key` is not a licence key/],
  ['chef-license-server', 'licensing.example', /input `chef-license-server` is not an address/],
  ['chef-license-server', 'https://user:secret@licensing.example', /is not an address/],
])('%s: %s is refused, and not quoted', (name, value, message) => {
  const refused = () => parseInputs({ image: 'debian:12', [name]: value })
  expect(refused).toThrow(message)
  expect(refused).not.toThrow(value)
})

describe('pods that run already', () => {
  test('take the place of an image', () => {
    expect(parseInputs({ pod: 'web-1\nweb-2\nweb-1' }).pods).toEqual(['web-1', 'web-2'])
    expect(parseInputs({ 'pod-selector': 'app=web,tier in (a, b),!old' }).podSelector).toBe(
      'app=web,tier in (a, b),!old',
    )
  })

  test.each([
    [{ pod: 'pod/web' }, /`pod` is `pod\/web`/],
    [{ 'pod-selector': 'app=web; rm' }, /`pod-selector` is/],
    [{ 'pod-selector': 'app=web,' }, /`pod-selector` is/],
    [{ pod: 'a', image: 'b' }, /`image` and `pod` are both given/],
    [{ pod: 'a', 'pod-selector': 'b' }, /`pod` and `pod-selector` are both given/],
    [{ pod: 'a', engine: 'podman' }, /`engine` is `podman`/],
    [{ pod: 'a', 'marker-path': 'results/x' }, /`marker-path` is `results\/x`/],
    [{ pod: 'a', 'results-path': '/results/' }, /`results-path` is/],
    [{ pod: 'a', container: 'B c' }, /`container` is `B c`/],
  ])('%j is refused', (raw, says) => {
    expect(() => parseInputs(raw)).toThrow(says)
  })
})
