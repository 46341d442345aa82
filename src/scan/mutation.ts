/** One field of the pod that is not as planned. */
export interface Difference {
  /** As `allow-mutations` names it. */
  readonly path: string
  /** What is wrong with it; without values that may be secrets. */
  readonly said: string
  /** For an image: both names in full. */
  readonly image?: { readonly planned: string; readonly created: string }
}

/** What the API server leaves out or fills in: the same as nothing. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.values(value as object).every(isEmpty))

/** Whether `created` is what was planned: every planned field with its value, lists item by item. */
export function contains(planned: unknown, created: unknown): boolean {
  if (isEmpty(planned)) return isEmpty(created) || planned === undefined
  if (Array.isArray(planned)) {
    return (
      Array.isArray(created) &&
      created.length === planned.length &&
      planned.every((item, index) => contains(item, created[index]))
    )
  }
  if (typeof planned !== 'object') return planned === created
  if (typeof created !== 'object' || created === null) return false
  return Object.entries(planned as object).every(([key, value]) => {
    const other = (created as Record<string, unknown>)[key]
    return isEmpty(value) ? isEmpty(other) : contains(value, other)
  })
}

/** Fields that were not planned and hold something. */
export function unplannedKeys(planned: object, created: object): string[] {
  return Object.entries(created)
    .filter(([key, value]) => !(key in planned) && !isEmpty(value))
    .map(([key]) => key)
}

/** A value in a sentence. */
export function brief(value: unknown): string {
  const text = JSON.stringify(value ?? null)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
