import { dump } from 'js-yaml'

/**
 * Objects of the plan as Helm templates: where a value of the chart goes, the object has a stand-in, which is written as the
 * expression once the object is YAML.
 */
const expressions: string[] = []
const hold = (kind: string, text: string) => `SIDECAR${kind}${expressions.push(text) - 1}X`

/** Text that Helm fills in, in quotes (a name may be `123`), or a structure, whose expression ends in `toJson`. */
export const fill = (expression: string): string =>
  hold('FILL', `{{ ${expression}${/\btoJson\b/.test(expression) ? '' : ' | quote'} }}`)

/** True or false, as Helm fills it in. */
export const fillFlag = (expression: string): string => hold('FILL', `{{ ${expression} }}`)

/** A line of its own, as the key of a mapping, such as `{{- if … }}`. */
export const line = (text: string): Record<string, null> => ({ [hold('LINE', text)]: null })

/** A line of its own, as an item of a list. */
export const item = (text: string): unknown => hold('LINE', text)

/** The template of objects, each as a document. */
export function template(...objects: readonly object[]): string {
  return objects
    .map((object) => dump(object, { lineWidth: -1, noRefs: true }))
    .join('---\n')
    .replace(/^ *(?:- )?SIDECARLINE(\d+)X(?:: null)?$/gm, (_, index) => expressions[Number(index)]!)
    .replace(/SIDECARFILL(\d+)X/g, (_, index) => expressions[Number(index)]!)
}
