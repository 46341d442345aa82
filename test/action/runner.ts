import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'

const root = join(import.meta.dirname, '..', '..')

/** The folder of the built bundle; SIDECAR_SCAN_DIST names another than the checkout's. Built when it is missing. */
export const dist = process.env['SIDECAR_SCAN_DIST'] ?? join(root, 'dist')

/** Builds the bundle into a folder; one build at a time on this machine. */
export function build(folder: string): void {
  const lock = join(tmpdir(), 'build.lock')
  execFileSync('flock', [lock, process.execPath, join(root, 'scripts', 'build.ts'), folder], { stdio: 'pipe' })
}

if (!existsSync(join(dist, 'main.js'))) build(dist)

const action = load(readFileSync(join(root, 'action.yml'), 'utf8')) as { inputs: Record<string, { default?: string }> }

/** What a step of a workflow came to. */
export interface StepResult {
  readonly exitCode: number | null
  /** The signal that ended the process. */
  readonly signal: NodeJS.Signals | null
  /** Milliseconds from the signal sent to the end; undefined when none was sent. */
  readonly endedAfter: number | undefined
  /** Everything the step wrote. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  readonly summary: string
}

/** Sends a signal when the log matches; to the process, or to its group as a terminal does. */
export interface Interrupt {
  readonly signal: NodeJS.Signals
  readonly when: RegExp
  readonly group?: true
}

export interface StepOptions {
  /** Environment beside the runner's. */
  readonly env?: Readonly<Record<string, string>>
  readonly interrupt?: Interrupt
}

/** One job's workspace, in which steps run as GitHub's runner runs them. */
export class Runner implements AsyncDisposable {
  /** The digits at the start of every run id of this job: finds what belongs to it. */
  readonly githubRunId = String(randomInt(1e9, 9e9))
  readonly workspace: string
  readonly #temp: string

  private constructor(temp: string, workspace: string) {
    this.#temp = temp
    this.workspace = workspace
  }

  static async start(): Promise<Runner> {
    return new Runner(await mkdtemp(join(tmpdir(), 'runner-')), await mkdtemp(join(tmpdir(), 'workspace-')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of [this.#temp, this.workspace]) await rm(folder, { recursive: true })
  }

  /** Runs `dist/main.js` with these inputs and action.yml's defaults. */
  async main(inputs: Readonly<Record<string, string>>, options: StepOptions = {}): Promise<StepResult> {
    return await this.#step('main.js', inputs, {}, options)
  }

  /** Runs `dist/post.js` after a step, with the state it left. */
  async post(
    inputs: Readonly<Record<string, string>>,
    { state }: StepResult,
    options: StepOptions = {},
  ): Promise<StepResult> {
    return await this.#step('post.js', inputs, state, options)
  }

  async #step(
    entry: string,
    inputs: Readonly<Record<string, string>>,
    state: Readonly<Record<string, string>>,
    { env = {}, interrupt }: StepOptions,
  ): Promise<StepResult> {
    const folder = await mkdtemp(join(this.#temp, 'step-'))
    const files = await commandFiles(folder)
    const child = spawn(process.execPath, [join(dist, entry)], {
      cwd: this.workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.#environment(), ...files, ...inputVariables(inputs), ...stateVariables(state), ...env },
    })
    const { log, endedAfter, exitCode, signal } = await ended(child, interrupt)
    const read = (name: keyof typeof files) => readFile(files[name], 'utf8')
    return {
      exitCode,
      signal,
      endedAfter,
      log,
      outputs: parseCommandFile(await read('GITHUB_OUTPUT')),
      state: parseCommandFile(await read('GITHUB_STATE')),
      summary: await read('GITHUB_STEP_SUMMARY'),
    }
  }

  #environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#temp,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: this.workspace,
      GITHUB_REPOSITORY: 'org/app',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_RUN_ID: this.githubRunId,
      GITHUB_RUN_ATTEMPT: '1',
      RUNNER_TEMP: this.#temp,
    }
  }
}

async function commandFiles(folder: string) {
  const path = async (name: string): Promise<string> => {
    await writeFile(join(folder, name), '')
    return join(folder, name)
  }
  return {
    GITHUB_OUTPUT: await path('output'),
    GITHUB_STATE: await path('state'),
    GITHUB_STEP_SUMMARY: await path('summary'),
    GITHUB_ENV: await path('env'),
    GITHUB_PATH: await path('path'),
  }
}

/** The runner sets a variable for every input of action.yml, empty where there is neither value nor default. */
function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  const unknown = Object.keys(inputs).filter((name) => !(name in action.inputs))
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`)
  return Object.fromEntries(
    Object.entries(action.inputs).map(([name, spec]) => [
      `INPUT_${name.toUpperCase()}`,
      inputs[name] ?? spec.default ?? '',
    ]),
  )
}

function stateVariables(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
}

/** `name<<delimiter`, lines, `delimiter`: GitHub's documentation, "Workflow commands", Multiline strings. */
function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, name, delimiter] = /^(.+?)<<(.+)$/.exec(lines[at]!) ?? []
    if (name === undefined) continue
    const end = lines.indexOf(delimiter!, at + 1)
    values[name] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return values
}

/** The log and end of a process, interrupted when its log says so. */
export async function ended(
  child: ChildProcess,
  interrupt?: Interrupt,
): Promise<Pick<StepResult, 'log' | 'endedAfter' | 'exitCode' | 'signal'>> {
  let log = ''
  let sentAt: number | undefined
  const take = (text: string) => {
    log += text
    if (!interrupt || sentAt !== undefined || !interrupt.when.test(log)) return
    sentAt = performance.now()
    process.kill(interrupt.group ? -child.pid! : child.pid!, interrupt.signal)
  }
  child.stdout!.setEncoding('utf8').on('data', take)
  child.stderr!.setEncoding('utf8').on('data', take)
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) =>
      resolve({ log, exitCode, signal, endedAfter: sentAt === undefined ? undefined : performance.now() - sentAt }),
    )
  })
}

/** Messages of the log's `::error::`, `::warning::`, `::group::` or `::add-mask::` commands, unescaped. */
export function commands({ log }: Pick<StepResult, 'log'>, command: string): string[] {
  const pattern = new RegExp(`^::${command}(?: [^:]*)?::(.*)$`, 'gm')
  return [...log.matchAll(pattern)].map(([, message]) =>
    message!.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
  )
}
