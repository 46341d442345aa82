import { plainLine } from '../log/plain.ts'

/** Zero width: breaks what a renderer would link or notify, and is not seen. */
const BREAK = '\u200b'

/**
 * Text from outside as Markdown that renders as itself, in a paragraph, a list or a table cell: no markup, HTML, links,
 * images, mentions or issue references. Markup characters become character references, which CommonMark never takes for
 * structure (spec 0.31, 6.2); what GitHub links afterwards in the plain text is broken by a zero-width space. Four spaces
 * at the start would be a code block (4.4), so runs of spaces become one, as a browser shows them anyway, and none leads.
 */
export function text(value: string, limit = 300): string {
  return shorten(plainLine(value).replace(/ +/g, ' ').trim(), limit)
    .replace(/@(?=\S)/g, `@${BREAK}`)
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replace(/\bGH-(?=\d)/gi, `GH${BREAK}-`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/\bwww\./gi, `www${BREAK}.`)
    .replace(/[&<>"'`*_{}[\]|~\\^$]/g, reference)
    .replace(/^([-+=#:]|\d+(?=[.)](?:\s|$)))/, (mark) => [...mark].map(reference).join(''))
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

/** The same, in the font of code; for ids, paths, images. */
export function code(value: string, limit = 300): string {
  return `<code>${text(value, limit)}</code>`
}

/** A table; cells are Markdown already. `align` has a letter a column: `l` or `r`. */
export function table(align: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line([...align].map((side) => (side === 'r' ? '---:' : ':---'))), ...rows.map(line)].join('\n')
}

function shorten(value: string, limit: number): string {
  const letters = [...value]
  return letters.length <= limit ? value : `${letters.slice(0, limit - 1).join('')}…`
}
