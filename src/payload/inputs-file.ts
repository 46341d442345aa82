import { basename } from 'node:path'
import { EXIT, ScanError } from '../errors.ts'
import { readText } from './files.ts'
import { brokenBeyondDoubt, readLooseYaml } from './loose-yaml.ts'
import { decodeText } from './text.ts'

/**
 * An inputs file, which travels as it is: InSpec reads it with Psych, and what cannot be read here may be fine there.
 * @throws ScanError (exit 2) for what InSpec would refuse too; the message never quotes the file, which may hold secrets.
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
