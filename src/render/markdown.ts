import { plainLine, plainText } from '../log/plain.ts'

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
    .replace(/[&<>*[\]|~\\$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, reference)
    .replaceAll('`', '\\`')
    .replace(/^([-+=#:]|\d+(?=[.)](?:\s|$)))/, (mark) => [...mark].map(reference).join(''))
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

/** The same, in the font of code; for ids, paths, images. */
export function code(value: string, limit = 300): string {
  return `<code>${text(value, limit)}</code>`
}

/**
 * Text of several lines as it is, in the font of code. Nothing in it is taken for markup, and GitHub links nothing there, so
 * that what is copied from it is what the profile or the scanner wrote. `$` would be mathematics (GitHub's own syntax).
 */
export function block(value: string, limit = 2000): string {
  const clean = shorten(plainText(value).replace(/\t/g, '  '), limit)
  return `<pre>\n${clean.replace(/[&<>"'$`]/g, reference)}\n</pre>`
}

/** Something that opens: a line of Markdown-safe HTML, and what is behind it. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${summary}</summary>\n\n${body}\n\n</details>`
}

/** A table; cells are Markdown already. `align` has a letter a column: `l` or `r`. */
export function table(align: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line([...align].map((side) => (side === 'r' ? '---:' : ':---'))), ...rows.map(line)].join('\n')
}

/** The first letters of a text, and a sign that there are more. */
export function shorten(value: string, limit: number): string {
  if (value.length <= limit) return value
  const letters = [...value]
  return letters.length <= limit ? value : `${letters.slice(0, limit - 1).join('')}…`
}
