import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import type { Log } from './log.ts'
import { loggedText, plainLine } from './plain.ts'

/** Progress in the log of a GitHub workflow: a group for each phase, warnings as annotations. */
export function actionLog(clock: () => number): Log {
  let began: number | undefined
  const end = (): void => {
    if (began === undefined) return
    core.info(`${((clock() - began) / 1000).toFixed(1)} s`)
    core.endGroup()
    began = undefined
  }
  return {
    phase(title) {
      end()
      began = clock()
      core.startGroup(plainLine(title))
    },
    info: (line) => core.info(plainLine(line)),
    warn: (line) => core.warning(plainLine(line)),
    foreign(title, text) {
      core.info(`${plainLine(title)}:`)
      // the runner obeys `::command::` in any line of output; between these tokens it does not
      const token = randomUUID()
      core.info(`::stop-commands::${token}`)
      core.info(loggedText(text).replaceAll('##[', '## ['))
      core.info(`::${token}::`)
    },
    end,
  }
}
