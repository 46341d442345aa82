import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Processes of this machine that belong to a run's pods, by host name and command line; killed ones have five seconds to go. */
export async function podProcesses(runId: string): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const found = await processesOf(runId)
    if (found.length === 0 || tries === 25) return found
    await sleep(200)
  }
}

async function processesOf(runId: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const named = await Promise.all(
    pids.map(async (pid) => {
      // a process may end while it is looked at
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
      const texts = await Promise.all(['environ', 'cmdline'].map(read))
      return texts.some((text) => text.includes(`sidecar-scanner-${runId}`)) ? `${pid} ${texts[1]}` : ''
    }),
  )
  return named.filter((text) => text !== '')
}
