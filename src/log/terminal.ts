import type { LiveLines } from './live.ts'
import type { Log } from './log.ts'
import { loggedText, plainLine } from './plain.ts'

/**
 * Progress for people at a terminal or in another CI's log: one line each, phases with the time they took. At a terminal,
 * `live` holds a line for each scan that changes in place; in a log progress is lines like others.
 */
export function terminalLog(write: (text: string) => void, clock: () => number, live?: LiveLines): Log {
  const say = live ? live.above : write
  let phase: { title: string; began: number } | undefined
  const end = (): void => {
    live?.end()
    if (phase) say(`  ${((clock() - phase.began) / 1000).toFixed(1)} s\n`)
    phase = undefined
  }
  return {
    phase(title) {
      end()
      phase = { title, began: clock() }
      say(`${plainLine(title)}\n`)
    },
    info: (line) => say(`  ${plainLine(line)}\n`),
    warn: (line) => say(`  warning: ${plainLine(line)}\n`),
    foreign(title, text) {
      const lines = loggedText(text).trimEnd().split('\n')
      say(`  ${title}:\n${lines.map((line) => `  | ${line}\n`).join('')}`)
    },
    ...(live ? { live: (key: string, line: string | undefined) => live.set(key, line && `  ${plainLine(line)}`) } : {}),
    end,
  }
}

/** The same log for one of several concurrent scans: every line names its scan, and phases do not nest. */
export function prefixedLog(log: Log, name: string): Log {
  const { live } = log
  return {
    phase: (title) => log.info(`[${name}] ${title}`),
    info: (line) => log.info(`[${name}] ${line}`),
    warn: (line) => log.warn(`[${name}] ${line}`),
    foreign: (title, text) => log.foreign(`[${name}] ${title}`, text),
    ...(live
      ? { live: (key: string, line: string | undefined) => live(`${name} ${key}`, line && `[${name}] ${line}`) }
      : {}),
    end: () => {},
  }
}
