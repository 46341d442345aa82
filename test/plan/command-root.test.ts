import { describe, expect, test } from '@jest/globals'
import { podmanManifest } from '../../src/engine/podman/manifest.ts'
import { ScanError } from '../../src/errors.ts'
import { parseInputs } from '../../src/inputs/inputs.ts'
import type { CommandFolder } from '../../src/plan/command-root.ts'
import { plan } from '../../src/plan/plan.ts'
import { withoutMissingFolders } from '../../src/run/command-folders.ts'
import { explainAccess, mountFailure } from '../../src/scan/access.ts'

const payload = { archive: Buffer.from('x'), sha256: 'x', secrets: new Map() }
const identity = { runId: 'r', scanId: 'r', nonce: 'n', marker: 'm' }

function planned(raw: Record<string, string> = {}, without: readonly CommandFolder[] = []) {
  const inputs = parseInputs({ image: 'registry.example/app:1', ...raw })
  const target = { image: inputs.images[0]!, access: 'volume', namespace: 'n', witnessed: true, without } as const
  return plan(inputs, payload, identity, target)
}

const paths = (made: ReturnType<typeof planned>) =>
  made.pod.spec!.containers[0]!.volumeMounts!.map(({ mountPath }) => mountPath).filter((path) => /target/.test(path))

describe('the image is mounted once more for commands', () => {
  test.each(['baseline', 'privileged'])('at %s, with /dev and /tmp of its own', (level) => {
    const { pod } = planned({ 'pod-security': level })
    const { volumeMounts, securityContext, env } = pod.spec!.containers[0]!
    expect(volumeMounts).toContainEqual({ name: 'target', mountPath: '/target-run', readOnly: true })
    expect(pod.spec!.volumes).toContainEqual({ name: 'run-dev', emptyDir: { sizeLimit: '16Mi' } })
    expect(pod.spec!.volumes).toContainEqual({ name: 'run-tmp', emptyDir: { sizeLimit: '64Mi' } })
    expect(securityContext!.capabilities!.add).toContain('MKNOD')
    expect(env).toContainEqual({ name: 'SCAN_COMMAND_FOLDERS', value: 'dev tmp' })
  })

  test.each([{ 'pod-security': 'restricted' }, { 'run-as-user': '1000' }])('not where no command runs: %j', (raw) => {
    expect(paths(planned(raw))).toEqual(['/target'])
    expect(JSON.stringify(planned(raw).pod)).not.toMatch(/MKNOD|SCAN_COMMAND_ROOT/)
  })

  test('without the folders that the image lacks', () => {
    expect(paths(planned({}, ['dev']))).toEqual(['/target', '/target-run', '/target-run/tmp'])
    expect(JSON.stringify(planned({}, ['dev']).pod)).not.toMatch(/MKNOD/)
    expect(paths(planned({}, ['dev', 'tmp']))).toEqual(['/target'])
  })

  test('with podman the device nodes are this machine’s', () => {
    const facts = { version: '4.3.1', rootless: true, limitsWork: true }
    const manifest = podmanManifest(planned(), facts, '/mounted', (image) => image)
    expect(manifest).toMatch(/path: \/dev\/urandom/)
    expect(manifest).toMatch(/mountPath: \/target-run\/dev\/urandom/)
    expect(podmanManifest(planned({}, ['dev']), facts, '/mounted', (image) => image)).not.toMatch(/\/dev\//)
  })
})

/** What the runtimes say where the image has no such folder. */
const REFUSALS = {
  dev: 'the scanner ended with exit code 128: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error mounting "/var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/run-dev" to rootfs at "/target-run/dev": create mountpoint for /target-run/dev mount: make mountpoint "/target-run/dev": mkdirat /run/rootfs/target-run/dev: read-only file system',
  tmp: 'starting the scanner failed: unable to start container "1": runc: runc create failed: unable to start container process: error during container init: error mounting "/volumes/run-tmp-1/_data" to rootfs at "/target-run/tmp": mkdir /merged/target-run/tmp: read-only file system: OCI runtime error',
} as const

describe('an image without the folders', () => {
  test.each(['dev', 'tmp'] as const)('is no refusal of image volumes, by status or event: %s', (folder) => {
    const seen = new ScanError(REFUSALS[folder], { exitCode: 3 })
    expect(explainAccess({ access: 'volume' }, seen)).toMatchObject({ about: 'command-root' })
    expect(mountFailure({ access: 'volume' }, [`Failed: Error: ${REFUSALS[folder]}`])).toMatchObject({
      about: 'command-root',
    })
    expect(explainAccess({ access: 'sidecar' }, seen)).toBe(seen)
  })

  test('is scanned again without each, once', async () => {
    const lines: string[] = []
    const log = {
      phase: () => {},
      info: (line: string) => lines.push(line),
      warn: () => {},
      foreign: () => {},
      end: () => {},
    }
    const tried: string[] = []
    const scan = async (without: readonly CommandFolder[]) => {
      tried.push(without.join())
      const missing = (['dev', 'tmp'] as const).find((folder) => !without.includes(folder))
      if (missing) throw explainAccess({ access: 'volume' }, new ScanError(REFUSALS[missing], { exitCode: 3 }))
      return 'done'
    }
    expect(await withoutMissingFolders(scan, log)).toBe('done')
    expect(tried).toEqual(['', 'dev', 'dev,tmp'])
    expect(lines).toHaveLength(2)
    const stuck = () =>
      Promise.reject(explainAccess({ access: 'volume' }, new ScanError(REFUSALS.dev, { exitCode: 3 })))
    await expect(withoutMissingFolders(stuck, log)).rejects.toMatchObject({ about: 'command-root' })
  })
})
