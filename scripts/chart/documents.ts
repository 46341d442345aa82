import { dump } from 'js-yaml'
import { ALIASES, type Value } from './values.ts'

interface Tree {
  readonly [key: string]: Tree | Value
}

const isValue = (node: Tree | Value): node is Value => typeof node.path === 'string'

function treeOf(values: readonly Value[]): Tree {
  const tree: Record<string, unknown> = {}
  for (const value of values) {
    const keys = value.path.split('.')
    let node = tree
    for (const key of keys.slice(0, -1)) {
      node[key] ??= {}
      node = node[key] as Record<string, unknown>
    }
    node[keys.at(-1)!] = value
  }
  return tree as Tree
}

/** values.yaml: the defaults, each below what it does. */
export function valuesYaml(values: readonly Value[]): string {
  const lines = (tree: Tree, indent: string): string[] =>
    Object.entries(tree).flatMap(([key, node]) => {
      if (!isValue(node)) return [`${indent}${key}:`, ...lines(node, `${indent}  `)]
      const text = dump({ [key]: node.default }, { lineWidth: -1 }).trimEnd()
      return [`# ${node.help}`, ...text.split('\n')].map((line) => indent + line)
    })
  return `# Generated from scripts/chart/values.ts.\n${lines(treeOf(values), '').join('\n')}\n`
}

/** values.schema.json: no value but those of the table. */
export function valuesSchema(values: readonly Value[]): string {
  const schemaOf = (tree: Tree): object => ({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(tree).map(([key, node]) => [
        key,
        isValue(node) ? { description: node.help, ...node.schema } : schemaOf(node),
      ]),
    ),
  })
  const { properties, ...rest } = schemaOf(treeOf([...values, ...ALIASES])) as { properties: object }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...rest,
    // Helm adds it to the values of a chart that is a dependency
    properties: { ...properties, global: { type: 'object' } },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

const cell = (text: string) => text.replaceAll('|', '\\|')

/** The table of values of the README. */
export function valuesTable(values: readonly Value[]): string {
  const rows = values.map(({ path, help, default: initial }) => {
    const shown =
      initial === '' || initial === null ? '' : `\`${cell(JSON.stringify(initial).replace(/^"(.*)"$/, '$1'))}\``
    return `| \`${path}\` | ${cell(help)} | ${shown} |`
  })
  return ['| value | meaning | default |', '|---|---|---|', ...rows].join('\n')
}
