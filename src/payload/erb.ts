/** Stands for text that only Ruby can know; a character that no profile uses, so that it is found again. */
const UNKNOWN = '\uE0FF'

const TAG = /<%(%|[=#-]?)([\s\S]*?)(?:-?%>|$)/g
const LITERAL = /^\s*(["'])([^"'\\#]*)\1\s*$/
const CONTROL = /\b(?:if|unless|case|while|until|do|each|begin|for)\b|\{/

/**
 * A text as ERB leaves it, as far as that can be known without Ruby: texts written into a tag stand as themselves, other
 * values as `UNKNOWN`. `conditional` when parts of it may be left out or repeated.
 */
export function withoutErb(text: string): { text: string; conditional: boolean } {
  if (!text.includes('<%')) return { text, conditional: false }
  let conditional = false
  const plain = text.replace(TAG, (tag, kind: string, code: string) => {
    if (kind === '%') return `<%${tag.slice(3)}`
    if (kind === '#') return ''
    if (kind === '=') return LITERAL.exec(code)?.[2] ?? UNKNOWN
    conditional ||= CONTROL.test(code)
    return ''
  })
  return { text: plain, conditional }
}

/** Whether a value holds something that only Ruby can know. */
export function isUnknown(value: unknown): boolean {
  return typeof value === 'string' && value.includes(UNKNOWN)
}
