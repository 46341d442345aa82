import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from '../action/engines.ts'
import { scan } from '../scenario/scan.ts'

/** A target that tries, over and over, to read the scanner's nonce and to enter its root. */
const SPY = `while :; do
  for p in /proc/[0-9]*; do
    grep -q SCAN_PAYLOAD $p/environ 2>/dev/null && echo environ $p >>/tmp/reached
    [ -e $p/root/results ] && echo root $p >>/tmp/reached
  done
  : >>/tmp/looked
  sleep 0.1
done`

for (const engine of [kubernetesEngine('spy'), podmanEngine()]) {
  beforeAll(() => engine.prepare(), 300_000)
  afterAll(() => engine.dispose())

  const spied = (patch?: object) =>
    scan(engine, {
      image: 'localhost/target-busybox:1',
      profile: `${import.meta.dirname}/profile`,
      'target-mode': 'run',
      'target-command': JSON.stringify(['sh', '-c', SPY]),
      threshold: 'failed.total.max: 0',
      ...(patch ? { 'pod-patch': JSON.stringify(patch) } : {}),
    })

  test(`${engine.name}: a target that runs as root at baseline cannot look into the scanner`, async () => {
    const { verdict, exitCode } = await spied()
    expect({ verdict, exitCode }).toEqual({ verdict: 'passed', exitCode: 0 })
  }, 300_000)

  test(`${engine.name}: the test sees a target that can: with the scanner's own capabilities`, async () => {
    const same = { capabilities: { add: ['MKNOD'], drop: [] } }
    const { verdict, violations } = await spied({
      spec: { containers: [{ name: 'target', securityContext: same }] },
    })
    expect(verdict).toBe('failed')
    expect(violations).toMatchObject([{ path: 'failed.total.max', controls: ['reach-2'] }])
  }, 300_000)
}
