/** Longest line of text from outside, in UTF-16 code units: longer than any message of ours, short enough to read past. */
const LONGEST_LINE = 8192

/**
 * Text from outside (images, profiles, clusters) as one harmless line: no line breaks, no terminal escapes, no
 * characters that reorder what is read (Unicode TR 36, bidirectional controls), nothing the runner takes for a command
 * (`::…` at the start of a line, `##[…` anywhere in it). A line longer than anybody reads is cut.
 */
export function plainLine(text: string): string {
  const line = stripEscapes(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll('##[', '## [')
    .replace(/^(\s*):(?=:)/, '$1: ')
    .trimEnd()
  return cut(line)
}

/** Text from outside over several lines, without terminal escapes and other control characters. */
export function plainText(text: string): string {
  return stripEscapes(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** The same for a log or a terminal, where a line longer than anybody reads is cut; reports keep it whole. */
export function loggedText(text: string): string {
  return plainText(text).split('\n').map(cut).join('\n')
}

/** The line up to the limit, with "…" for the rest; never half of a surrogate pair. */
function cut(line: string): string {
  if (line.length <= LONGEST_LINE) return line
  return `${line.slice(0, LONGEST_LINE - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Removes ECMA-48 control sequences (CSI, OSC and the two-character ones) and bidirectional controls. */
function stripEscapes(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\u001b\][^\u0007\u001b]*(\u0007|\u001b\\)?/g, '')
    .replace(/\u001b[@-Z\\^_a-z]?/g, '')
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g, '')
}
