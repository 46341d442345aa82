/** Where progress goes: the Action's log with groups, or the CLI's stderr. */
export interface Log {
  /** Opens a phase of the run; the one before ends, with the time it took. */
  phase(title: string): void
  info(line: string): void
  warn(line: string): void
  /** Text of a program we do not trust, shown so that it cannot command the runner or the terminal. */
  foreign(title: string, text: string): void
  /** Where there is a terminal: a line that changes in place, identified by its key; undefined takes it away. */
  live?(key: string, line: string | undefined): void
  /** Ends the last phase. */
  end(): void
}
