import type { Log } from './log.ts'
import { plainLine, plainText } from './plain.ts'

/** Progress for people at a terminal or in another CI's log: one line each, phases with the time they took. */
export function terminalLog(write: (text: string) => void, clock: () => number): Log {
  let phase: { title: string; began: number } | undefined
  const end = (): void => {
    if (phase) write(`  ${((clock() - phase.began) / 1000).toFixed(1)} s\n`)
    phase = undefined
  }
  return {
    phase(title) {
      end()
      phase = { title, began: clock() }
      write(`${plainLine(title)}\n`)
    },
    info: (line) => write(`  ${plainLine(line)}\n`),
    warn: (line) => write(`  warning: ${plainLine(line)}\n`),
    foreign(title, text) {
      const lines = plainText(text).trimEnd().split('\n')
      write(`  ${title}:\n${lines.map((line) => `  | ${line}\n`).join('')}`)
    },
    end,
  }
}

/** The same log for one of several scans at once: every line says which, phases do not nest. */
export function prefixedLog(log: Log, name: string): Log {
  return {
    phase: (title) => log.info(`[${name}] ${title}`),
    info: (line) => log.info(`[${name}] ${line}`),
    warn: (line) => log.warn(`[${name}] ${line}`),
    foreign: (title, text) => log.foreign(`[${name}] ${title}`, text),
    end: () => {},
  }
}
