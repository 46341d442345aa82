import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { kubernetesEngine, podmanEngine } from './engines.ts'
import { type ResultsService, startResultsService } from './results-service.ts'
import { commands, Runner, type StepResult } from './runner.ts'
import { unzip } from './zip.ts'

const WEAK = 'localhost/target-weak:1'
const DISTROLESS = 'localhost/target-distroless:1'

describe.each([kubernetesEngine('action-scan'), podmanEngine()])(
  'the bundle as the runner runs it: $name',
  (engine) => {
    let runner: Runner
    let results: ResultsService
    beforeAll(engine.prepare)
    afterAll(engine.dispose)
    beforeEach(async () => {
      runner = await Runner.start()
      results = await startResultsService()
      await cp(join(import.meta.dirname, 'profile'), join(runner.workspace, 'profile'), { recursive: true })
    })
    afterEach(async () => {
      expect(await engine.leftovers(runner.githubRunId)).toEqual([])
      await results[Symbol.asyncDispose]()
      await runner[Symbol.asyncDispose]()
    })

    const main = async (inputs: Record<string, string>): Promise<StepResult> =>
      await runner.main(
        { image: WEAK, profile: 'profile', 'scanner-image': 'localhost/scanner:1', ...engine.inputs, ...inputs },
        { env: { ...engine.env, ...results.env } },
      )
    const onDisk = (folder: string) => ({
      names: readdirSync(join(runner.workspace, folder)).sort(),
      file: (name: string) => readFileSync(join(runner.workspace, folder, name)),
    })

    test('a breach of the default threshold: outputs, summary, artifact, groups and one sentence', async () => {
      const step = await main({ 'retention-days': '5', 'artifact-name': 'evidence' })
      expect(step.exitCode).toBe(1)
      const runId = step.outputs['run-id']!
      expect(runId).toMatch(new RegExp(`^${runner.githubRunId}-1-[0-9a-f]{6}$`))

      const folder = `scan-results-${runId}`
      const { 'image-digest': image, 'scanner-digest': scanner, violations, ...outputs } = step.outputs
      expect(image).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(scanner).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(JSON.parse(violations!)).toMatchObject([
        { path: 'compliance.min', limit: 70, actual: 25, controls: ['known-by-image', 'known-fail', 'known-skip'] },
        { path: 'failed.critical.max', limit: 0, actual: 1, controls: ['known-fail'] },
      ])
      expect(outputs).toEqual({
        // an image of one platform has one
        'image-digests': image,
        verdict: 'failed',
        compliance: '25',
        passed: '1',
        'passed-in-part': '0',
        failed: '2',
        skipped: '1',
        'not-applicable': '1',
        error: '0',
        unanswered: '0',
        'failed-critical': '1',
        'failed-high': '1',
        'failed-medium': '0',
        'failed-low': '0',
        'run-id': runId,
        'results-dir': folder,
        'results-file': join(folder, 'scan-results.json'),
        'summary-file': join(folder, 'scan-summary.md'),
        'threshold-file': join(folder, 'threshold-result.txt'),
        files: JSON.stringify({
          results: join(folder, 'scan-results.json'),
          summary: join(folder, 'scan-summary.md'),
          threshold: join(folder, 'threshold-result.txt'),
          verdict: join(folder, 'scan-verdict.json'),
        }),
        'artifact-id': '101',
        'artifact-url': `https://github.com/org/app/actions/runs/${runner.githubRunId}/artifacts/101`,
      })

      const { names, file } = onDisk(folder)
      expect(names).toEqual(['scan-results.json', 'scan-summary.md', 'scan-verdict.json', 'threshold-result.txt'])
      const hdf = JSON.parse(file('scan-results.json').toString()) as {
        profiles: { name: string; controls: object[] }[]
      }
      expect(hdf.profiles.map(({ name, controls }) => [name, controls.length])).toEqual([['action-profile', 5]])
      expect(file('threshold-result.txt').toString()).toMatch(/^THRESHOLD_RESULT=1\nVERDICT=failed\nCOMPLIANCE=25\n/)
      expect(step.summary.trim()).toBe(file('scan-summary.md').toString().trim())
      expect(step.summary).toContain('the default: compliance.min 70, failed.critical.max 0, error.critical.max 0')
      expect(step.summary).toContain('known-by-image')

      const artifact = results.artifacts.get('evidence')!
      const zipped = unzip(artifact.zip!)
      expect([...zipped.keys()].sort()).toEqual(names)
      for (const name of names) expect(digest(zipped.get(name)!)).toBe(digest(file(name)))
      expect(results.calls).toEqual(['CreateArtifact', 'PutBlock', 'PutBlockList', 'FinalizeArtifact'])
      expect(daysFromNow(artifact.expiresAt!)).toBe(5)

      expect(commands(step, 'error')).toEqual([
        'Failed: 2 limits breached: compliance is 25 %, at least 70 % is required; 1 critical control failed, at most 0 allowed',
        expect.stringMatching(/ failed: /),
        expect.stringMatching(/ failed: /),
      ])
      expect(step.log).toMatch(/^::error title=known-fail \(critical\),file=[\w/.-]*controls\/[\w.-]+\.rb,line=\d+::/m)
      expect(commands(step, 'group')).toEqual([
        'Check the inputs',
        `Create the scan pod for ${WEAK}`,
        'Start the pod',
        'Scan',
        'Verify the results',
        'Clean up',
        'Upload the results',
      ])
      expect(step.log.match(/^::endgroup::$/gm)).toHaveLength(7)
      expect(step.log).toContain('5 of 5 controls')

      const post = await runner.post({ image: WEAK, ...engine.inputs }, step, { env: engine.env })
      expect([post.exitCode, post.log]).toEqual([0, ''])
    }, 300_000)

    test('passes within an inline threshold, with inputs and waivers from files, and uploads nothing when told so', async () => {
      await writeFile(join(runner.workspace, 'inputs.yml'), 'pause: 0.1\n')
      await writeFile(join(runner.workspace, 'waivers.csv'), 'control_id,run\nknown-fail,false\n')
      const step = await main({
        image: DISTROLESS,
        threshold: 'compliance.min: 60, failed.total.max: 0',
        'inputs-file': 'inputs.yml',
        'waiver-file': 'waivers.csv',
        upload: 'false',
        summary: 'false',
      })
      expect(commands(step, 'error')).toEqual([])
      expect([step.exitCode, step.outputs['verdict'], step.outputs['failed']]).toEqual([0, 'passed', '0'])
      expect(step.log).toMatch(/^Passed: within every limit \(67 % compliance, 0 of 5 controls failed\)$/m)
      expect(step.outputs['not-applicable']).toBe('2')
      expect(commands(step, 'warning')).toEqual([
        expect.stringContaining('waiver for known-fail: has no justification'),
      ])
      expect([step.outputs['artifact-id'], step.summary, results.calls]).toEqual([undefined, '', []])
      expect(onDisk(step.outputs['results-dir']!).names).toHaveLength(4)
    }, 300_000)

    test('two images in a step: counts added up, the worst verdict, a folder each in the artifact', async () => {
      const step = await main({ image: `${WEAK}\n${DISTROLESS}`, threshold: 'compliance.min: 40, failed.high.max: 0' })
      const { outputs } = step
      expect([step.exitCode, outputs['verdict'], outputs['compliance']]).toEqual([1, 'failed', '25'])
      expect([outputs['passed'], outputs['failed'], outputs['failed-high']]).toEqual(['3', '3', '1'])
      expect(commands(step, 'error')).toEqual([
        `${WEAK}: Failed: 2 limits breached: compliance is 25 %, at least 40 % is required; 1 high control failed, at most 0 allowed`,
        ...Array(2).fill(expect.stringMatching(/: .* failed: /)),
      ])
      expect(step.log).toContain(`${DISTROLESS}: Passed: within every limit`)
      const folders = [1, 2].map((number) => `scan-results-${outputs['run-id']}-${number}`)
      expect(outputs['results-dir']!.split('\n')).toEqual(folders)
      expect(outputs['image-digest']!.split('\n')).toHaveLength(2)
      const zipped = unzip(results.artifacts.get(`scan-results-${outputs['run-id']}`)!.zip!)
      const expected = folders.flatMap((folder) => onDisk(folder).names.map((name) => `${folder}/${name}`))
      expect([...zipped.keys()].sort()).toEqual(expected)
      for (const path of expected) expect(zipped.get(path)!.equals(onDisk('.').file(path))).toBe(true)
      for (const image of [WEAK, DISTROLESS]) expect(step.summary).toContain(image)
    }, 300_000)

    test('`threshold: none` judges nothing and says so', async () => {
      const step = await main({ threshold: 'none' })
      expect([step.exitCode, step.outputs['verdict'], step.outputs['violations']]).toEqual([0, 'not judged', '[]'])
      expect(commands(step, 'error')).toEqual([])
      expect(step.log).toContain('Not judged (`threshold: none`): 25 % compliance, 2 of 5 controls failed')
      expect(step.summary).toContain('reported without judging')
    }, 300_000)

    test('`fail-on: error` lets a breach pass with a warning', async () => {
      const step = await main({ 'fail-on': 'error', upload: 'false' })
      expect([step.exitCode, step.outputs['verdict']]).toEqual([0, 'failed'])
      expect(commands(step, 'error')).toEqual([])
      expect(commands(step, 'warning').join()).toContain('1 critical control failed, at most 0 allowed')
    }, 300_000)

    test('an image that cannot be pulled is inconclusive and fails even with `fail-on: error`', async () => {
      const step = await main({ image: 'localhost/no-such-image:1', 'image-pull-policy': 'Never', 'fail-on': 'error' })
      expect([step.exitCode, step.outputs['verdict']]).toEqual([3, 'inconclusive'])
      expect(commands(step, 'error').join()).toMatch(/^Inconclusive: .*no-such-image.* What to do: .*`image`/)
      expect(onDisk(step.outputs['results-dir']!).names).toEqual([
        'scan-summary.md',
        'scan-verdict.json',
        'threshold-result.txt',
      ])
    }, 300_000)

    test('an artifact service that refuses fails the step, which tells the verdict all the same', async () => {
      results.refuse({ method: 'FinalizeArtifact', status: 403, message: 'the storage quota is used up' })
      const step = await main({ threshold: 'failed.critical.max: 0' })
      expect([step.exitCode, step.outputs['verdict'], step.outputs['artifact-id']]).toEqual([3, 'failed', undefined])
      const errors = commands(step, 'error')
      const [verdict, upload] = [errors[0], errors.at(-1)]
      expect(verdict).toBe('Failed: 1 limit breached: 1 critical control failed, at most 0 allowed')
      expect(upload).toMatch(
        /^the results cannot be uploaded as artifact .*the storage quota is used up\. What to do: /,
      )
      expect(upload).toMatch(/they are in .*scan-results-.*`upload: false`$/)
      expect(onDisk(step.outputs['results-dir']!).names).toHaveLength(4)
    }, 300_000)

    test('a dry run creates nothing', async () => {
      const step = await main({ 'dry-run': 'true' })
      expect([step.exitCode, step.outputs, results.calls]).toEqual([0, {}, []])
      expect(commands(step, 'group')).toEqual(['Check the inputs'])
      expect(step.log).toContain('dry run')
      expect(onDisk('.').names).toEqual(['profile'])
    }, 300_000)
  },
)

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function daysFromNow(timestamp: string): number {
  return Math.round((Date.parse(timestamp) - Date.now()) / 86_400_000)
}
