/** Starts jobs in order and runs a limited number concurrently. After a rejection no job is started; it is thrown when the others have ended. */
export async function runConcurrently<T>(jobs: readonly (() => Promise<T>)[], most: number): Promise<T[]> {
  const results: T[] = []
  const failures: unknown[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < jobs.length && failures.length === 0) {
      const index = next++
      await jobs[index]!().then(
        (result) => {
          results[index] = result
        },
        (error) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, jobs.length) }, work))
  if (failures.length > 0) throw failures[0]
  return results
}
