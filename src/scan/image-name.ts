import { isHost } from '../inputs/image.ts'

/** An image's name in full, as Kubernetes reads a short one: `app` is docker.io/library/app:latest. */
export function canonicalImage(image: string): string {
  const [first, ...rest] = image.split('/')
  const hosted = rest.length > 0 && isHost(first!)
  const named = hosted ? image : rest.length === 0 ? `docker.io/library/${image}` : `docker.io/${image}`
  return /[:@][^/]*$/.test(named.slice(named.lastIndexOf('/'))) ? named : `${named}:latest`
}
