import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { readText } from './files.ts'
import { brokenBeyondDoubt, readLooseYaml } from './loose-yaml.ts'
import { decodeText } from './text.ts'

/**
 * An inputs file, which travels as it is: InSpec reads it with Psych, and what cannot be read here may be fine there.
 * @throws ScanError (exit 2) for what InSpec would refuse too; the message never quotes the file, which may hold secrets.
 * @internal a test compares it with Ruby's own reading, file by file
 */
export async function readInputsFile(path: string): Promise<Buffer> {
  const content = await readText(path, 'inputs-file')
  const refuse = (why: string) =>
    new ScanError(`\`inputs-file\` ${basename(path)} ${why}`, {
      exitCode: EXIT.usage,
      hint: 'it is YAML: `name_of_input: value`',
    })
  let value: unknown
  try {
    value = readLooseYaml(decodeText(content))
  } catch (cause) {
    const broken = brokenBeyondDoubt(cause)
    if (broken) throw refuse(`is not valid YAML${broken.line === undefined ? '' : `, line ${broken.line}`}`)
    return content
  }
  if (value !== null && !(value instanceof Map)) throw refuse('holds no inputs')
  return content
}

/** An inputs file, and the one profile it is for; undefined: for all. */
interface GivenInputs {
  readonly profile: string | undefined
  readonly content: Buffer
}

/** The files of the input `inputs-file`, in order. @throws ScanError (exit 2). */
export async function readInputsFiles(lines: readonly string[]): Promise<GivenInputs[]> {
  const given: GivenInputs[] = []
  for (const line of lines) {
    const [, profile, path] = /^([^:/\\]+):\s+(.+)$/.exec(line) ?? []
    const whole = path === undefined || (await stat(line).catch(() => undefined)) !== undefined
    given.push({ profile: whole ? undefined : profile, content: await readInputsFile(whole ? line : path!) })
  }
  return given
}

/**
 * The files as they travel: InSpec reads them in the order of their names, and the last that sets an input wins. Which of them
 * are for one profile stands in a list of its own, for InSpec has no such thing.
 */
export function inputsForInSpec(given: readonly GivenInputs[]): [string, Buffer][] {
  const name = (index: number) =>
    given.length === 1 ? 'inputs.yml' : `inputs-${String(index + 1).padStart(2, '0')}.yml`
  const files = given.map(({ content }, index): [string, Buffer] => [name(index), content])
  const limited = given.flatMap(({ profile }, index) => (profile === undefined ? [] : [`${name(index)} ${profile}\n`]))
  return limited.length === 0 ? files : [...files, ['limited-inputs', Buffer.from(limited.join(''))]]
}
