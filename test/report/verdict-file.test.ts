import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { writeReport, writeResults } from '../../src/publish/files.ts'
import { verdictDocument } from '../../src/report/document.ts'
import { exitCode } from '../../src/run/exit.ts'
import { ciOf } from '../../src/run/provenance.ts'
import { shell } from '../bed/shell.ts'
import { failedReport, reportOn, rhel9 } from './reports.ts'

const schema = JSON.parse(readFileSync(new URL('../../schemas/scan-verdict.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { 'date-time': true } }).compile(schema)

const reports = {
  'a breach': reportOn(rhel9('baseline'), { threshold: 'compliance.min: 100, failed.total.max: 0' }),
  'no threshold': reportOn(rhel9('restricted'), { threshold: 'none' }),
  'a scan that failed': failedReport('the pod failed', 'look'),
  'files that could not be written': { ...reportOn(rhel9('baseline')), unwritten: 'the disk is full' },
}

describe('scan-verdict.json', () => {
  test.each(Object.entries(reports))('keeps its schema: %s', (_, report) => {
    const document = JSON.parse(JSON.stringify(verdictDocument(report)))
    validate(document)
    expect(validate.errors).toBeNull()
    // and the schema names every key there is
    expect(Object.keys(document).filter((key) => !(key in schema.properties))).toEqual([])
  })

  test('the schema refuses what is none', () => {
    const document = JSON.parse(JSON.stringify(verdictDocument(reports['a breach'])))
    for (const [key, value] of Object.entries({
      verdict: 'good',
      imageDigest: 'latest',
      imageDigests: ['latest'],
      schemaVersion: 2,
      files: null,
    }))
      expect(validate({ ...document, [key]: value })).toBe(false)
  })

  test('says every limit with what was found, breached or not', () => {
    const { limits } = verdictDocument(
      reportOn(rhel9('baseline'), { threshold: 'compliance.min: 0, passed.total.min: 9999' }),
    )
    expect(limits).toEqual([
      { path: 'compliance.min', limit: 0, actual: expect.any(Number), breached: false },
      { path: 'passed.total.min', limit: 9999, actual: expect.any(Number), breached: true },
    ])
  })

  test('holds no path of the machine', () => {
    expect(JSON.stringify(verdictDocument(reportOn(rhel9('baseline'), { resultsDir: '/home/me/out' })))).not.toContain(
      '/home/me',
    )
  })
})

test('who ran it, from the environment of a CI and nothing else of it', () => {
  const github = {
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'octo',
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_SHA: 'abc',
    GITHUB_WORKFLOW: 'ci',
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_RUN_ID: '7',
    GITHUB_TOKEN: 'secret',
  }
  expect(ciOf(github)).toEqual({
    provider: 'github',
    actor: 'octo',
    repository: 'o/r',
    commit: 'abc',
    workflow: 'ci',
    runUrl: 'https://github.example/o/r/actions/runs/7',
  })
  expect(ciOf({ GITLAB_CI: 'true', CI_COMMIT_SHA: 'abc' })).toMatchObject({
    provider: 'gitlab',
    commit: 'abc',
    actor: null,
  })
  expect(ciOf({ GITHUB_ACTOR: 'octo' })).toBeNull()
  const jenkins = {
    JENKINS_URL: 'https://ci.example/',
    BUILD_URL: 'https://ci.example/job/app/7/',
    JOB_NAME: 'app',
    GIT_COMMIT: 'abc',
    GIT_URL: 'https://bot:sec@ret@git.example/app.git',
    BUILD_USER_ID: 'ada',
  }
  expect(ciOf(jenkins)).toEqual({
    provider: 'jenkins',
    actor: 'ada',
    repository: 'https://git.example/app.git',
    commit: 'abc',
    workflow: 'app',
    runUrl: 'https://ci.example/job/app/7/',
  })
  const withPassword = { ...github, GITHUB_SERVER_URL: 'https://ada:secret@github.example' }
  expect(ciOf(withPassword)?.runUrl).toBe('https://github.example/o/r/actions/runs/7')
})

test('on a full disk no file is cut off', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'full-'))
  await shell('mount -t tmpfs -o size=16k full "$1"', [folder])
  try {
    await expect(writeResults(folder, Buffer.alloc(100_000, 'x'))).rejects.toThrow('the disk is full')
    expect(await readdir(folder)).toEqual([])
    const report = reportOn(rhel9('baseline'), { resultsDir: folder })
    await writeReport(report).catch(() => {})
    for (const name of await readdir(folder)) {
      expect(name).not.toMatch(/\.part$/)
      expect((await readFile(join(folder, name), 'utf8')).endsWith('\n')).toBe(true)
    }
  } finally {
    await shell('umount "$1"', [folder])
    await rm(folder, { recursive: true })
  }
})

test('a good verdict whose files are not there does not end as a success, a bad one as what it is', () => {
  const good = { ...reportOn(rhel9('baseline'), { threshold: 'compliance.min: 0' }), unwritten: 'full' }
  const bad = { ...reports['a breach'], unwritten: 'full' }
  expect([exitCode([good], 'breach' as never), exitCode([bad], 'breach' as never)]).toEqual([3, 1])
})
