import { dump } from 'js-yaml'
import type { Plan } from '../plan/plan.ts'

/** The objects of all plans as a YAML stream, without what is secret. */
export function renderObjects(plans: readonly Plan[]): string {
  const objects = plans.flatMap(({ configMaps, secrets, pod }) => [
    ...configMaps,
    ...secrets.map((secret) => ({
      ...secret,
      data: Object.fromEntries(Object.keys(secret.data ?? {}).map((name) => [name, ''])),
    })),
    pod,
  ])
  return yamlStream(objects)
}

/** Objects as YAML documents, as `kubectl apply` takes them. */
export function yamlStream(objects: readonly object[]): string {
  // one mapping that stands in several objects is written out in each: anchors would be harder to read
  return objects.map((object) => dump(object, { lineWidth: -1, noRefs: true })).join('---\n')
}
