import { EXIT, ScanError } from '../errors.ts'

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::\d+)?$/i
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/**
 * A reference as the OCI distribution project's grammar has it: `[host[:port]/]name[/name…][:tag][@digest]`.
 * @throws ScanError (exit 2) naming the input and the part that is wrong.
 */
export function parseImage(value: string, input: string): string {
  const refuse = (why: string, hint: string): ScanError =>
    new ScanError(`input \`${input}\` is \`${value}\`, which is no image reference: ${why}`, {
      exitCode: EXIT.usage,
      hint,
    })
  const form = 'write `[registry/]name[:tag][@sha256:digest]`, as `podman pull` takes it'
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0]
  if (scheme) throw refuse(`it begins with \`${scheme}\``, `leave out \`${scheme}\`: ${form}`)

  const at = value.indexOf('@')
  const digest = at === -1 ? undefined : value.slice(at + 1)
  const named = at === -1 ? value : value.slice(0, at)
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  const tag = tagged ? named.slice(colon + 1) : undefined
  const names = (tagged ? named.slice(0, colon) : named).split('/')
  const first = names[0]!
  const hosted = names.length > 1 && isHost(first)

  if (digest !== undefined && !DIGEST.test(digest))
    throw refuse(`\`${digest}\` is no digest`, 'write `@sha256:` and 64 digits, 0 to f')
  if (tag !== undefined && !TAG.test(tag)) throw refuse(tag === '' ? 'its tag is empty' : `\`${tag}\` is no tag`, form)
  if (hosted && !HOST.test(first)) throw refuse(`\`${first}\` is no registry`, form)
  for (const name of hosted ? names.slice(1) : names) {
    if (COMPONENT.test(name)) continue
    if (COMPONENT.test(name.toLowerCase()))
      throw refuse(`\`${name}\` has capital letters`, `a name is in lower case: \`${name.toLowerCase()}\``)
    throw refuse(name === '' ? 'a part of its name is empty' : `\`${name}\` is no name`, form)
  }
  return value
}

/** Whether the first of several names is a host: it has a dot, a colon or a capital letter, or is `localhost`. */
export function isHost(first: string): boolean {
  return /[.:A-Z]/.test(first) || first === 'localhost'
}
