import type { V1ConfigMap } from '@kubernetes/client-node'
import { dump } from 'js-yaml'
import type { Plan } from '../plan/plan.ts'

/** The objects of all plans as a YAML stream, without what is secret; with `summary`, without the payload too. */
export function renderObjects(plans: readonly Plan[], { summary = false } = {}): string {
  const objects = plans.flatMap(({ configMaps, secrets, pod }) => [
    ...(summary ? configMaps.map(withoutPayload) : configMaps),
    ...secrets.map((secret) => ({
      ...secret,
      data: Object.fromEntries(Object.keys(secret.data ?? {}).map((name) => [name, ''])),
    })),
    pod,
  ])
  return yamlStream(objects)
}

function withoutPayload(map: V1ConfigMap): V1ConfigMap {
  const data = Object.entries(map.data ?? {}).map(([key, text]) => [key, `(${text.length} characters left out)`])
  return { ...map, data: Object.fromEntries(data) }
}

/** Objects as YAML documents, as `kubectl apply` takes them; `comment` says what stands above an object. */
export function yamlStream(objects: readonly object[], comment: (object: object) => string = () => ''): string {
  // one mapping that stands in several objects is written out in each: anchors would be harder to read
  return objects
    .map((object) => comments(comment(object)) + dump(object, { lineWidth: -1, noRefs: true }))
    .join('---\n')
}

/** Lines of text as YAML comments. */
export function comments(text: string): string {
  return text === '' ? '' : `${text.replace(/^/gm, '# ')}\n`
}
