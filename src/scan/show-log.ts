import type { ContainerRef, Engine } from '../engine/engine.ts'
import type { Log } from '../log/log.ts'

/** Shows the log of a container, if it can be had and says something. */
export async function showLog(
  name: string,
  of: ContainerRef,
  engine: Engine,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const text = await engine.log(of, signal).catch(() => '')
  if (text.trim() !== '') log.foreign(`Log of the ${name}`, text)
}
