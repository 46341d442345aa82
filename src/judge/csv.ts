/** One record: its cells and the line it begins in, from 1. */
export interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

/**
 * CSV by RFC 4180: quoted cells may hold commas, line ends and doubled quotes; blank lines are left out.
 * Returns the line of a quote that never closes, or stands inside an unquoted cell, instead of records.
 */
export function parseCsv(text: string): CsvRecord[] | { brokenLine: number } {
  const records: CsvRecord[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y
  let cells: string[] = []
  let line = 1
  let start = 1
  for (let offset = 0; offset < text.length || cells.length > 0; ) {
    cell.lastIndex = offset
    const match = cell.exec(text)
    if (!match) return { brokenLine: line }
    const [whole, quoted, plain = '', end] = match
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    line += whole.split(/\r\n|\r|\n/).length - 1
    offset = cell.lastIndex
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '') records.push({ cells, line: start })
    cells = []
    start = line
  }
  return records
}
