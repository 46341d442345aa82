import { EXIT, ScanError } from '../errors.ts'
import { isMapping, type Mapping } from '../mapping.ts'
import { UNANSWERED_PREFIX } from '../protocol/sentences.ts'
import { SEVERITIES } from './counts.ts'
import type { Control, ControlAttestation, ControlWaiver, Severity, Status, TestResult } from './types.ts'

/** A control as one profile lists it, checked. */
export interface Entry {
  readonly id: string
  readonly impact: number
  readonly severity: Severity
  readonly waiver: ControlWaiver | null
  readonly attestation: ControlAttestation | null
  readonly results: readonly TestResult[]
  readonly title: string
  /** The control as it was read. */
  readonly source: Mapping
}

const RESULT_STATUSES: ReadonlySet<unknown> = new Set(['passed', 'failed', 'skipped', 'error'])
const HINT = 'give the file as InSpec wrote it with --reporter json'

/**
 * One control of an HDF profile, with all that decides a verdict checked and the rest taken as it comes. `list` is the
 * JSON path of the controls, for what is wrong.
 * @throws ScanError (exit 4) naming the file and the JSON path.
 */
export function parseEntry(value: unknown, index: number, file: string, list: string): Entry {
  if (!isMapping(value)) throw broken(file, `${list}[${index}]`, 'must be an object', value)
  const { impact, results, tags = {} } = value
  const id = typeof value['id'] === 'number' ? String(value['id']) : value['id']
  if (typeof id !== 'string' || id === '') throw broken(file, `${list}[${index}].id`, 'must be a text', id)
  const where = () => `${list}[${index}] (${id})`
  if (typeof impact !== 'number' || !Number.isFinite(impact))
    throw broken(file, `${where()}.impact`, 'must be a number', impact)
  if (!Array.isArray(results)) throw broken(file, `${where()}.results`, 'must be a list', results)
  if (tags !== null && !isMapping(tags)) throw broken(file, `${where()}.tags`, 'must be an object', tags)
  return {
    id,
    impact,
    severity: severityOf(tags ?? {}, impact),
    waiver: parseWaiverData(value['waiver_data']),
    attestation: parseAttestationData(value['attestation_data']),
    results: results.map((result, index) => parseResult(result, index, impact, file, where)),
    title: text(value['title']),
    source: value,
  }
}

/** What decides the status of a control: all its tests and, where several profiles wrote them, those of each. */
type Tests = Pick<Control, 'results' | 'impact' | 'parts'>

/**
 * The status of a control from its tests, by the rules of SAF: an error outranks everything, then "not applicable" (waived
 * or impact 0), then failed, passed, skipped. No tests at all is an error. Where several profiles wrote tests, a profile
 * in which all were skipped outranks one in which some passed.
 */
export function statusOf({ results, impact, parts = [] }: Tests, waived: boolean): Status {
  const worst = worstOf(results)
  if (worst === 'error') return 'error'
  if (waived || impact === 0) return 'no_impact'
  if (worst === 'passed' && parts.some((part) => worstOf(part) === 'skipped')) return 'skipped'
  return worst ?? 'error'
}

function worstOf(results: readonly TestResult[]): Exclude<Status, 'no_impact'> | null {
  let worst: 'failed' | 'passed' | 'skipped' | null = null
  for (const { status } of results) {
    if (status === 'error') return 'error'
    if (status === 'failed' || (status === 'passed' && worst !== 'failed')) worst = status
    else if (status === 'skipped') worst ??= status
  }
  return worst
}

/** Whether a control of this status has a test that the transport could not answer, and nobody attested it. */
export function isUnanswered(results: readonly TestResult[], status: Status): boolean {
  if (status !== 'passed' && status !== 'skipped') return false
  return results.some(isUnansweredTest) && !results.some(isAttested)
}

/** Whether a test was added by an attestation, as SAF writes it. */
export function isAttested({ codeDesc, status }: TestResult): boolean {
  return status !== 'skipped' && /^Manually verified status provided through attestation/i.test(codeDesc)
}

export function isUnansweredTest({ status, skipMessage }: TestResult): boolean {
  return status === 'skipped' && skipMessage.startsWith(UNANSWERED_PREFIX)
}

/** The error for a results file whose shape is wrong, naming the place. */
export function broken(file: string, path: string, what: string, value: unknown): ScanError {
  const found = value === undefined ? 'it is missing' : `it is ${describeValue(value)}`
  return new ScanError(`${file}: ${path} ${what}; ${found}`, { exitCode: EXIT.results, hint: HINT })
}

function parseResult(value: unknown, index: number, impact: number, file: string, control: () => string): TestResult {
  if (!isMapping(value)) throw broken(file, `${control()}.results[${index}]`, 'must be an object', value)
  const { status = null, backtrace } = value
  if (status !== null && !RESULT_STATUSES.has(status)) {
    const path = `${control()}.results[${index}].status`
    throw broken(file, path, 'must be passed, failed, skipped or error', status)
  }
  // only_applicable_if raises on purpose: InSpec writes that backtrace for "not applicable", with impact 0
  const erred = backtrace && !(impact === 0 && value['resource_class'] === 'noop' && status !== 'error')
  return {
    status: erred ? 'error' : ((status ?? 'no_status') as TestResult['status']),
    codeDesc: text(value['code_desc']),
    message: text(value['message']),
    skipMessage: text(value['skip_message']),
    exception: text(value['exception']),
  }
}

function parseWaiverData(value: unknown): ControlWaiver | null {
  if (!isMapping(value) || Object.keys(value).length === 0) return null
  const { skipped_due_to_waiver: skipped, run, justification, expiration_date: expires, message } = value
  return {
    skipped: skipped === true || (typeof skipped === 'string' && skipped !== ''),
    run: typeof run === 'boolean' ? run : null,
    justification: text(justification),
    expirationDate: expires === undefined || expires === null || expires === '' ? null : writtenDate(expires),
    foundExpired: /\bexpired\b/i.test(text(message)),
  }
}

function parseAttestationData(value: unknown): ControlAttestation | null {
  if (!isMapping(value) || Object.keys(value).length === 0) return null
  const written = (key: string) => {
    const found = value[key]
    return found === undefined || found === null || found === '' ? null : writtenDate(found)
  }
  return {
    updated: written('updated') ?? '',
    frequency: 'frequency' in value || 'updated' in value ? (written('frequency') ?? '') : null,
    expirationDate: written('expiration_date'),
  }
}

/** An end that is no text is no end that can be read, and must not pass for none. */
function writtenDate(value: unknown): string {
  return typeof value === 'string' ? value : `${JSON.stringify(value)}, which is no text`
}

/** SAF's severity: the override tag, else the severity tag, when either is a severity's name; otherwise by impact. */
/** By the tags `severityoverride` and `severity`, else by impact, as SAF does. */
export function severityOf(tags: Mapping, impact: number): Severity {
  for (const tag of [tags['severityoverride'], tags['severity']]) {
    const word = typeof tag === 'string' ? tag.toLowerCase() : ''
    const severity = SEVERITIES.find((known) => known === word)
    if (severity) return severity
  }
  if (impact < 0.1) return 'none'
  if (impact < 0.4) return 'low'
  if (impact < 0.7) return 'medium'
  return impact < 0.9 ? 'high' : 'critical'
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  const shown = JSON.stringify(value) ?? String(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
