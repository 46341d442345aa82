import { expect, test } from '@jest/globals'
import { dist } from '../action/runner.ts'
import { reference } from '../bed/images.ts'
import { asUser, rootlessPodman, sharedBundle } from '../bed/rootless.ts'

const TARGET = 'target-busybox'
const why = await rootlessPodman([TARGET])
if (why !== undefined) console.warn(`rootless podman cannot be had on this machine: ${why}`)

const possible = why === undefined ? test : test.skip
possible.each(['volume', 'sidecar'])(
  'a user without rights scans with podman, target-access %s, and leaves nothing behind',
  async (access) => {
    await using bundle = await sharedBundle(dist)
    const command = [
      ...[bundle.node, bundle.cli, 'run', '--json', '--engine', 'podman', '--scanner-image', 'localhost/scanner:1'],
      ...['--image', reference(TARGET), '--target-access', access],
    ]
    const before = await asUser('podman unshare podman image mount')
    const document = JSON.parse(await asUser('"$@" 2>/dev/null', command)) as Record<string, unknown>
    expect(document).toMatchObject({ verdict: 'passed', targetAccess: access, compliance: 85 })
    expect(document['engine']).toMatch(/^podman \S+ \(rootless\)$/)
    const left = 'podman pod ps --format "{{.Name}}"; podman volume ls --format "{{.Name}}"; rm -rf scan-results-*'
    expect(await asUser(left)).toBe('')
    expect(await asUser('podman unshare podman image mount')).toBe(before)
  },
  300_000,
)
