const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' }
const HEREDOC = /<<([~-]?)(?:(["'`])([^\n]+?)\2|([A-Z_]\w*))/y
const PERCENT = /%([wWiIqQrxs]?)([^\w\s])/y
const CHARACTER = /\?(?:\\.|[^\s\w])(?![\w])/y
/** Behind these words an expression begins, as it does behind an operator. */
const EXPECTS =
  /(?:^|[^\w.:@$])(?:and|begin|case|do|else|elsif|ensure|if|in|not|or|puts|raise|return|then|unless|until|when|while|yield|match|should|should_not)\s*$/
const OPERATOR_BEFORE = /(?:^|[-+*/%=(,[{|&!<>~^?:;\n])\s*$/

/** Where a heredoc's text begins is known when its line ends. */
interface Heredoc {
  readonly end: string
  readonly indented: boolean
  readonly raw: boolean
}

/**
 * Ruby as far as it is code: what is comment, text or pattern is blanked, letter by letter, so that positions and lines stay. Quotes
 * stay, and so does the code in `#{…}`; a text that a shell runs is `\u0060`. Best effort: Ruby alone can read Ruby.
 */
export function rubyCode(text: string): string {
  return new RubyText(text).code()
}

class RubyText {
  readonly #text: string
  readonly #out: string[] = []
  #at = 0
  #heredocs: Heredoc[] = []

  constructor(text: string) {
    const end = /^__END__$/m.exec(text)
    this.#text = end ? text.slice(0, end.index) : text
  }

  code(): string {
    this.#blockComment()
    while (this.#at < this.#text.length) this.#braces('')
    return this.#out.join('')
  }

  /** Code up to a closing brace that is not its own, or the end. */
  #braces(close: string): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (close !== '' && char === close && depth === 0) return
      if (char === '{') depth++
      if (char === '}') depth--
      this.#one(char)
    }
  }

  #one(char: string): void {
    if (char === '\n') this.#lineEnd()
    else if (char === '#') this.#blank(this.#lineLength())
    else if (char === '`' && /(?::|\bdef\s)$/.test(this.#before())) this.#keep(1)
    else if (char === '"' || char === '`') this.#quoted(char, char, true, char)
    else if (char === "'") this.#quoted("'", "'", false, "'")
    else if (char === '/' && this.#expectsValue()) this.#quoted('/', '/', true, '/')
    else if (char === '%' && this.#percent()) return
    else if (char === '<' && this.#heredoc()) return
    else if (char === '$' && /["'`/%#?<]/.test(this.#text[this.#at + 1] ?? '')) this.#keep(2)
    else if (char === '?' && this.#expectsValue() && this.#match(CHARACTER)) this.#blank(CHARACTER.lastIndex - this.#at)
    else this.#keep(1)
  }

  #lineEnd(): void {
    this.#keep(1)
    const heredocs = this.#heredocs
    this.#heredocs = []
    for (const heredoc of heredocs) this.#heredocText(heredoc)
    this.#blockComment()
  }

  #blockComment(): void {
    if (!this.#text.startsWith('=begin', this.#at)) return
    const end = /^=end\b.*$/m.exec(this.#text.slice(this.#at))
    this.#blank(end ? end.index + end[0].length : this.#text.length - this.#at)
  }

  #heredocText({ end, indented, raw }: Heredoc): void {
    while (this.#at < this.#text.length) {
      const line = this.#text.slice(this.#at, this.#at + this.#lineLength())
      if ((indented ? line.trim() : line) === end) {
        this.#blank(line.length)
        return
      }
      const stop = this.#at + line.length
      while (this.#at < stop) this.#textPart(raw)
      if (this.#at < this.#text.length && this.#text[this.#at] === '\n') this.#keep(1)
    }
  }

  /** One letter of a text, or the code in it. */
  #textPart(raw: boolean): void {
    if (!raw && this.#text.startsWith('#{', this.#at)) {
      this.#blank(2)
      this.#braces('}')
      this.#blank(1)
    } else this.#blank(this.#text[this.#at] === '\\' ? 2 : 1)
  }

  #quoted(open: string, close: string, interpolated: boolean, shown: string): void {
    this.#out.push(shown)
    this.#at += 1
    let depth = 0
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!
      if (char === close && depth === 0) break
      if (open !== close && char === open) depth++
      if (open !== close && char === close) depth--
      this.#textPart(!interpolated)
    }
    if (this.#at < this.#text.length) this.#out.push(shown)
    this.#at += 1
  }

  #percent(): boolean {
    const found = this.#match(PERCENT)
    if (!found) return false
    const [all, kind, open] = found as unknown as [string, string, string]
    const before = this.#before()
    const spaced =
      /\w\s$/.test(before) &&
      open !== '=' &&
      !/[\w)\]}]\s+$/.test(before.replace(/(?:describe|command|bash|it|its|eq|match|tag|title|desc)\s$/, ''))
    if (!this.#expectsValue() && !spaced) return false
    const shown = kind === 'x' ? '`' : '"'
    this.#blank(all.length - 1)
    this.#quoted(open, CLOSING[open] ?? open, !['q', 'w', 'i', 's'].includes(kind), shown)
    return true
  }

  #heredoc(): boolean {
    const found = this.#match(HEREDOC)
    if (!found) return false
    const [all, dash, quote, quoted, plain] = found as unknown as [string, string, string, string, string]
    if (dash === '' && !this.#expectsValue() && !/\w\s$/.test(this.#before())) return false
    this.#heredocs.push({ end: quoted ?? plain, indented: dash !== '', raw: quote === "'" })
    this.#out.push(quote === '`' ? '`' : '"', ' '.repeat(all.length - 1))
    this.#at += all.length
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)
  }

  /** Whether a value may stand here, and so a text or a pattern; otherwise an operator. */
  #expectsValue(): boolean {
    const before = this.#before()
    if (OPERATOR_BEFORE.test(before) || EXPECTS.test(before)) return true
    const next = this.#text[this.#at + 1] ?? ''
    return /[a-z_]\w*[?!]?\s+$/.test(before) && !/\s|=/.test(next)
  }

  /** The code before, on this line. */
  #before(): string {
    let start = this.#out.length
    let text = ''
    while (start > 0 && text.length < 80 && !text.startsWith('\n')) text = this.#out[--start]! + text
    return text
  }

  #lineLength(): number {
    const end = this.#text.indexOf('\n', this.#at)
    return (end === -1 ? this.#text.length : end) - this.#at
  }

  #keep(count: number): void {
    this.#out.push(this.#text.slice(this.#at, this.#at + count))
    this.#at += count
  }

  #blank(count: number): void {
    for (const char of this.#text.slice(this.#at, this.#at + count))
      this.#out.push(char === '\n' ? '\n' : ' '.repeat(char.length))
    this.#at += count
  }
}
