/**
 * Text from outside (images, profiles, clusters) as one harmless line: no line breaks, no terminal escapes, no
 * characters that reorder what is read (Unicode TR 36, bidirectional controls), nothing the runner takes for a command
 * (`::…` at the start of a line, `##[…` anywhere in it).
 */
export function plainLine(text: string): string {
  return stripEscapes(text)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replaceAll('##[', '## [')
    .replace(/^(\s*):(?=:)/, '$1: ')
    .trimEnd()
}

/** Text from outside over several lines, without terminal escapes and other control characters. */
export function plainText(text: string): string {
  return stripEscapes(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** Removes ECMA-48 control sequences (CSI, OSC and the two-character ones) and bidirectional controls. */
function stripEscapes(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\u001b\][^\u0007\u001b]*(\u0007|\u001b\\)?/g, '')
    .replace(/\u001b[@-Z\\^_a-z]?/g, '')
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/g, '')
}
