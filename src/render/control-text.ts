import { controlDetails } from '../judge/details.ts'
import type { Control } from '../judge/types.ts'
import { plainLine, plainText } from '../log/plain.ts'
import { placeOf } from '../report/place.ts'
import { finding, reasonOf } from '../report/reasons.ts'
import { STATUS_TITLES } from './words.ts'

/** One control for a terminal, with all that the HTML report shows of it. */
export function renderControl(control: Control): string {
  const about = controlDetails(control)
  const place = placeOf(about)
  const reason = reasonOf(control)
  const tests = control.results.map(finding).map(({ status, test, said }) => {
    const head = `${status}: ${plainLine(test)}`
    return said ? `${head}\n${indented(said)}` : head
  })
  const tags = about.tags.map(({ name, values }) => (values.length > 0 ? `${name}: ${values.join(', ')}` : name))
  return [
    `${plainLine(control.id)}: ${plainLine(control.title)}`,
    [
      `${STATUS_TITLES[control.status].replace(/s$/, '')}, severity ${control.severity}, impact ${control.impact}`,
      `profile ${plainLine(control.profile)}${place ? `, ${plainLine(place)}` : ''}`,
      ...(reason && control.status !== 'failed' && control.status !== 'error' ? [plainLine(reason)] : []),
    ].join('\n'),
    ...section('Tests', tests.join('\n')),
    ...section('Description', about.desc),
    ...about.descriptions.flatMap(({ label, text }) => section(label, text)),
    ...section('Tags', tags.join('\n')),
    ...section('References', about.refs.join('\n')),
    ...section('Code', about.code),
  ].join('\n\n')
}

function section(title: string, text: string): string[] {
  return text.trim() === '' ? [] : [`${plainLine(title)}\n${indented(text)}`]
}

function indented(text: string): string {
  return plainText(text)
    .trim()
    .replace(/^(?=.)/gm, '  ')
}
