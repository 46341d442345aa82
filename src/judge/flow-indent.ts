/** More than any line of a profile's metadata is indented. */
const PAD = ' '.repeat(256)
const DASHES = /^(?:[-?](?:[ \t]+|$))*/
const KEY =
  /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[^\s[\]{},#&*!|>'"%@`](?:[^\n#:]|:(?![\s])|(?<=\S)#)*)[ \t]*:(?=\s|$)[ \t]*/
const PROPERTIES = /^(?:[&!]\S*[ \t]+)*/
const BLOCK_SCALAR = /^[|>][-+\d]*[ \t]*(?:#.*)?$/

/**
 * YAML text with every line that continues a flow collection or a quoted text indented far to the right: libyaml does not
 * care how such lines are indented, where YAML 1.2 asks for more than the key's column. Nothing else changes, so that
 * lines keep their numbers.
 */
export function indentFlow(text: string): string {
  const lines = text.split('\n')
  const out: string[] = []
  let block: number | null = null
  let open: Open = CLOSED
  for (const line of lines) {
    if (isOpen(open)) {
      const scanned = scanFlow(line, open)
      out.push(PAD + scanned.text)
      open = scanned.open
      continue
    }
    const indent = line.search(/\S/)
    if (block !== null && (indent === -1 || indent > block)) {
      out.push(line)
      continue
    }
    const start = valueStart(line)
    const value = line.slice(start.at)
    block = BLOCK_SCALAR.test(value) ? start.column : null
    const scanned = /^[[{"']/.test(value) ? scanFlow(value, CLOSED) : { text: value, open: CLOSED }
    open = scanned.open
    out.push(line.slice(0, start.at) + scanned.text)
  }
  return out.join('\n')
}

/** Where the last node of a line begins, and the column of its key or dash. */
function valueStart(line: string): { at: number; column: number } {
  let at = line.search(/\S/)
  if (at === -1) return { at: line.length, column: 0 }
  const dashes = DASHES.exec(line.slice(at))![0]
  const lastDash = dashes.trimEnd().length - 1
  let column = dashes === '' ? at - 1 : at + lastDash
  at += dashes.length
  const key = KEY.exec(line.slice(at))?.[0]
  if (key !== undefined) {
    column = at
    at += key.length
  }
  return { at: at + PROPERTIES.exec(line.slice(at))![0].length, column }
}

/** What is still open at the end of a line: so many brackets, and perhaps a quote. */
interface Open {
  readonly depth: number
  readonly quote: string | null
}

const CLOSED: Open = { depth: 0, quote: null }

function isOpen({ depth, quote }: Open): boolean {
  return depth > 0 || quote !== null
}

/** A line of a flow collection or quoted text, tabs between its parts as spaces, and what is open at its end. */
function scanFlow(line: string, from: Open): { text: string; open: Open } {
  let { depth, quote } = from
  let before = from.quote === null ? ',' : ''
  const letters = line.split('')
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!
    if (quote !== null) {
      const escaped = quote === '"' ? letter === '\\' : letter === quote && letters[at + 1] === quote
      if (escaped) at += 1
      else if (letter === quote) [quote, before] = [null, 'x']
    } else if (letter === '\t') letters[at] = ' '
    else if (letter === '#' && /^[ \t]?$/.test(letters[at - 1] ?? '')) break
    else if ((letter === '"' || letter === "'") && '[{,:'.includes(before)) quote = letter
    else if (letter === '[' || letter === '{') depth += 1
    else if (letter === ']' || letter === '}') depth -= 1
    if (quote === null && letter !== ' ' && letter !== '\t')
      before = before === 'x' && /["']/.test(letter) ? 'x' : letter
    if (quote === null && depth <= 0) return { text: letters.join(''), open: CLOSED }
  }
  return { text: letters.join(''), open: { depth, quote } }
}
