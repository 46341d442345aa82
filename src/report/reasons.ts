import { isUnansweredTest } from '../judge/control.ts'
import { SEVERITIES } from '../judge/counts.ts'
import type { Control, Status, TestResult } from '../judge/types.ts'
import { SENTENCES, UNANSWERED_PREFIX } from '../protocol/sentences.ts'
import type { ScanFacts } from './report.ts'

/** One test of a control in words: what was asked, and what came of it. */
interface Finding {
  readonly status: TestResult['status']
  readonly test: string
  /** What was expected and found, the error, or why the test was skipped; may have several lines. */
  readonly said: string
}

/** Controls that share a reason. */
export interface ReasonGroup {
  readonly reason: string
  readonly controls: readonly Control[]
}

/** A group of controls that could not be answered, and the input that would answer them. */
interface UnansweredGroup extends ReasonGroup {
  /** What would answer them; null where no input does. */
  readonly answer: string | null
}

/** The tests of a control that decided against it: those that failed and, where it erred, those that could not be evaluated. */
export function findings({ results }: Control): Finding[] {
  return results.map(finding).filter(({ status }) => status === 'failed' || status === 'error')
}

/** A test as one finding. */
export function finding(result: TestResult): Finding {
  const { status, codeDesc, message, skipMessage, exception } = result
  const said = status === 'skipped' ? skipMessage || message : message || exception || skipMessage
  return { status, test: codeDesc, said: tidy(said) }
}

/** Controls with these statuses, worst severity first; in the profile's order within one. */
export function worstFirst(controls: readonly Control[], ...statuses: readonly Status[]): Control[] {
  const rank = ({ severity }: Control) => SEVERITIES.indexOf(severity)
  return controls.filter(({ status }) => statuses.includes(status)).sort((a, b) => rank(a) - rank(b))
}

/** Why a control has the status it has, in one line; empty for one that passed in full. */
export function reasonOf(control: Control): string {
  const { status, results, unanswered, waived, waiver } = control
  if (status === 'failed' || status === 'error') {
    const found = results.find((result) => result.status === status) ?? results.find(({ exception }) => exception)
    if (!found) return results.length === 0 ? 'the scanner wrote no test of this control' : ''
    const { said, test } = finding(found)
    return oneLine(said || test)
  }
  if (unanswered) return oneLine(unansweredReasons(control)[0] ?? 'a test could not be answered')
  if (status === 'passed') return ''
  if (waived) return `waived${waiver?.justification ? `: ${oneLine(waiver.justification)}` : ''}`
  return skipReason(control)
}

/** Controls by their reason, the largest group first. */
export function byReason(controls: readonly Control[], reason = reasonOf): ReasonGroup[] {
  return [...Map.groupBy(controls, reason)]
    .map(([reason, controls]) => ({ reason, controls }))
    .sort((a, b) => b.controls.length - a.controls.length)
}

/** What could not be answered, by kind of question, with the input that would answer it: the largest group first. */
export function unansweredGroups(controls: readonly Control[], scan: ScanFacts): UnansweredGroup[] {
  const unanswered = controls.filter(({ unanswered }) => unanswered)
  const kinds = byReason(unanswered, (control) => kindOf(unansweredReasons(control)[0] ?? 'a test'))
  return kinds.map((group) => ({ ...group, answer: answerTo(unansweredReasons(group.controls[0]!)[0] ?? '', scan) }))
}

function unansweredReasons({ results }: Control): string[] {
  return results.filter(isUnansweredTest).map(({ skipMessage }) => skipMessage.slice(UNANSWERED_PREFIX.length))
}

/** Commands, paths and names differ from control to control; the kind of question does not. */
function kindOf(reason: string): string {
  return oneLine(reason)
    .replace(/`[^`]*`?/g, '`…`')
    .replace(/(^|[\s(])\/[^\s:()]+/g, '$1…')
    .replace(/^(.*\bof) …$/, '$1 a file')
}

/** In results files of earlier versions, which reports are made from too. */
const EARLIER_NEEDS_BASELINE = /is executed in the target/

/** The transport names an input in its reason where one helps; commands need a level at which they may run. */
function answerTo(reason: string, { podSecurity, targetMode }: ScanFacts): string | null {
  if (SENTENCES.needsRun.test(reason) && targetMode !== 'run') return '`target-mode: run`'
  const needsBaseline = SENTENCES.needsBaseline.test(reason) || EARLIER_NEEDS_BASELINE.test(reason)
  if (needsBaseline && podSecurity === 'restricted') return '`pod-security: baseline`'
  return null
}

function skipReason({ results, impact, status }: Control): string {
  const said = results.map((result) => finding(result).said || result.codeDesc).find((text) => text.trim() !== '')
  if (said) return oneLine(said.replace(/^Skipped control due to only_if condition: /, ''))
  if (status === 'no_impact' && impact === 0) return 'its impact is 0, without a reason in the profile'
  return results.length === 0 ? 'the profile has no test for it' : 'the profile gives no reason'
}

/** InSpec's messages begin and end with blank lines and are indented as a whole. */
function tidy(text: string): string {
  return text.replace(/^(?:[ \t]*\r?\n)+|\s+$/g, '')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
