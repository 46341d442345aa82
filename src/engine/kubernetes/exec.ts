import { PassThrough, Writable } from 'node:stream'
import { Exec, type KubeConfig, type V1Status } from '@kubernetes/client-node'
import { WebSocketHandler } from '@kubernetes/client-node/dist/web-socket-handler.js'
import type { ContainerRef, ExecRequest } from '../engine.ts'
import { explainApiError } from './errors.ts'

interface Where {
  readonly config: KubeConfig
  readonly namespace: string
  /** What helps where the right is missing. */
  readonly grant: string
}

/**
 * Runs a command in a container and hands on its output as it comes. Resolves to the exit code, or to undefined when
 * the connection ended before the server said how the command did. Rejects when it cannot be started, or with the
 * signal's reason.
 *
 * The client resolves when the socket opens and loses errors after that, so the end is the first of: the server's
 * status, the socket's close, the signal.
 */
export async function execInPod(
  { config, namespace, grant }: Where,
  { pod, container }: ContainerRef,
  { command, input, onOutput }: ExecRequest,
  signal: AbortSignal,
): Promise<number | undefined> {
  signal.throwIfAborted()
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      onOutput(chunk)
      done()
    },
  })
  // by default the handler ends this process's own stdout when the server closes a stream (protocol v5)
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() }
  const exec = new Exec(config, new WebSocketHandler(config, undefined, streams))
  // never ended: the client would close the whole connection with it
  const stdin = input === undefined ? null : new PassThrough()
  stdin?.write(input)
  return await new Promise<number | undefined>((resolve, reject) => {
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', aborted)
      end()
    }
    let socket: { close(): void; terminate?(): void } | undefined
    const aborted = () =>
      settle(() => {
        socket?.terminate?.()
        reject(signal.reason)
      })
    signal.addEventListener('abort', aborted, { once: true })
    const onStatus = (status: V1Status) => settle(() => resolve(exitCode(status)))
    exec
      .exec(namespace, pod, container, [...command], stdout, null, stdin, false, onStatus)
      .then((opened) => {
        socket = opened
        if (signal.aborted) return opened.terminate()
        opened.onclose = () => settle(() => resolve(undefined))
        opened.onerror = () => settle(() => resolve(undefined))
      })
      .catch((error: unknown) => settle(() => reject(explain(error, pod, grant))))
  })
}

/**
 * The socket's error bears the HTTP status in its message only, and not what the server said. A refusal is final, also that of
 * an admission policy (422 where it names no other status); anything else may pass.
 */
function explain(error: unknown, pod: string, grant: string): unknown {
  const status = /response: (\d+)/.exec((error as { message?: string }).message ?? '')?.[1]
  const doing = `running a command in Pod ${pod} (pods/exec)`
  if (status === '401') return explainApiError({ code: 401 }, doing, grant)
  if (status !== '403' && status !== '422') return error
  return explainApiError(
    { code: 403 },
    doing,
    `${grant}; if it is granted, an admission policy of the cluster denies this`,
  )
}

function exitCode(status: V1Status): number | undefined {
  if (status.status === 'Success') return 0
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  return code === undefined ? undefined : Number(code)
}
