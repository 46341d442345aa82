import type { Log } from './log.ts'

/** The same log, with every text changed by `redact` before it is shown. */
export function redactingLog(log: Log, redact: (text: string) => string): Log {
  const { live } = log
  return {
    ...(live ? { live: (key: string, line: string | undefined) => live(key, line && redact(line)) } : {}),
    phase: (title) => log.phase(redact(title)),
    info: (line) => log.info(redact(line)),
    warn: (line) => log.warn(redact(line)),
    foreign: (title, text) => log.foreign(redact(title), redact(text)),
    end: () => log.end(),
  }
}
