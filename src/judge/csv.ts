/** One record: its cells and the line it begins in, from 1. */
interface CsvRecord {
  readonly cells: readonly string[]
  readonly line: number
}

/**
 * CSV by RFC 4180: quoted cells may hold commas, line ends and doubled quotes; blank lines are left out. Returns the line
 * of a quote that never closes or stands inside an unquoted cell instead of records.
 */
export function parseCsv(text: string): CsvRecord[] | { brokenLine: number } {
  const records: CsvRecord[] = []
  let cells: string[] = []
  let line = 1
  let recordLine = 1
  for (let offset = 0; offset <= text.length; ) {
    const cell = text[offset] === '"' ? quotedCell(text, offset) : plainCell(text, offset)
    if (!cell) return { brokenLine: line }
    cells.push(cell.value)
    line += countLines(cell.value)
    offset = cell.end + 1
    if (text[cell.end] === ',') continue
    if (text[cell.end] === '\r' && text[offset] === '\n') offset += 1
    if (cells.length > 1 || cells[0] !== '') records.push({ cells, line: recordLine })
    cells = []
    line += 1
    recordLine = line
  }
  return records
}

interface Cell {
  readonly value: string
  /** Offset of the comma or line end after the cell, or of the text's end. */
  readonly end: number
}

const CELL_ENDS: ReadonlySet<string | undefined> = new Set([',', '\r', '\n', undefined])

function plainCell(text: string, from: number): Cell | null {
  let end = from
  while (!CELL_ENDS.has(text[end])) {
    if (text[end] === '"') return null
    end += 1
  }
  return { value: text.slice(from, end), end }
}

function quotedCell(text: string, from: number): Cell | null {
  for (let close = text.indexOf('"', from + 1); close !== -1; close = text.indexOf('"', close + 2)) {
    if (text[close + 1] === '"') continue
    if (!CELL_ENDS.has(text[close + 1])) return null
    return { value: text.slice(from + 1, close).replaceAll('""', '"'), end: close + 1 }
  }
  return null
}

function countLines(value: string): number {
  return value.split('\n').length - 1
}
