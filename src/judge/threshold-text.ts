import { dump } from 'js-yaml'
import type { Limit } from './types.ts'

type Tree = { [key: string]: Tree | Limit['value'] }

/** Limits as a nested YAML file that SAF reads too. Beside an exact count, its bounds stand as dotted keys. */
export function renderThreshold(limits: readonly Pick<Limit, 'path' | 'value'>[]): string {
  const exact = new Set(limits.map((limit) => limit.path))
  const tree: Tree = {}
  for (const { path, value } of limits) {
    const steps = path.split('.')
    const inTheWay = steps.some((_, index) => index > 0 && exact.has(steps.slice(0, index).join('.')))
    if (inTheWay) tree[path] = value
    else put(tree, steps, value)
  }
  return dump(tree, { lineWidth: -1, noRefs: true })
}

/** New numbers in place of the old ones, all else (comments, order, form) as it was. Spans come from parsing this text. */
export function replaceNumbers(text: string, limits: readonly Limit[], values: ReadonlyMap<string, number>): string {
  const edits = limits.flatMap(({ path, span }) => {
    const value = values.get(path)
    return span && value !== undefined ? [{ span, value }] : []
  })
  edits.sort((a, b) => b.span[0] - a.span[0])
  return edits.reduce((edited, { span, value }) => edited.slice(0, span[0]) + value + edited.slice(span[1]), text)
}

function put(tree: Tree, steps: readonly string[], value: Limit['value']): void {
  const [first, ...rest] = steps as [string, ...string[]]
  if (rest.length === 0) {
    tree[first] = value
    return
  }
  tree[first] ??= {}
  put(tree[first] as Tree, rest, value)
}
