import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from '@jest/globals'
import { podmanEngine } from '../action/engines.ts'
import { run } from '../bed/shell.ts'
import { profile } from '../faults/run.ts'
import { LIMIT, scan } from './scan.ts'

/** A build on the same machine gives the scanned tag to another image while it is scanned. */
const IMAGE = 'localhost/target-weak:1'
const TAG = 'localhost/moved-tag:1'
const podman = podmanEngine()
const digestOf = async (image: string) =>
  (await run('podman', ['image', 'inspect', '--format', '{{.Digest}}', image])).trim()
const isMounted = async (image: string) => (await run('podman', ['image', 'mount'])).includes(image)

afterAll(async () => {
  await run('podman', ['rmi', '--ignore', TAG])
})

test.each(['volume', 'sidecar'])(
  'podman %s: the evidence names the image that was scanned, and no mount of it is left',
  async (access) => {
    const scanned = await digestOf(IMAGE)
    await run('podman', ['tag', IMAGE, TAG])
    expect(await isMounted(IMAGE)).toBe(false)
    const scanning = scan(podman, { image: TAG, profile: profile('slow'), threshold: 'none', 'target-access': access })
    let over = false
    const end = () => {
      over = true
    }
    void scanning.then(end, end)
    while (!over && !(await isMounted(IMAGE))) await sleep(100)
    // the containers start within a second, and the profile takes eight
    await sleep(3000)
    await run('podman', ['tag', 'localhost/target-busybox:1', TAG])
    const { imageDigest, imageDigests, error } = await scanning
    expect(await digestOf(TAG)).not.toBe(scanned)
    expect({ imageDigest, imageDigests, error }).toEqual({
      imageDigest: scanned,
      imageDigests: [scanned],
      error: undefined,
    })
    expect(await isMounted(IMAGE)).toBe(false)
  },
  LIMIT,
)
