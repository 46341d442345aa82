/** A reader that has gone (`| head`, a runner that died) is no failure of the scan: it goes on, cleans up, and its exit code is what it is. */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}
