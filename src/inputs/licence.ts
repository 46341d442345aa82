import { refused } from './read.ts'

/** A licence key as it is; a wrong one is refused and not quoted, because it is a secret. */
export function licenceKey(value: string): string {
  if (value === '' || /^[\w-]{8,256}$/.test(value)) return value
  throw refused('chef-license-key', 'is not a licence key', 'it has letters, digits and `-` only, 8 to 256 of them')
}

/** The address of a licensing server as it is; credentials have no place in it. */
export function licenceServer(value: string): string {
  if (value === '' || (/^https?:\/\/[^\s@]+$/.test(value) && URL.canParse(value))) return value
  throw refused('chef-license-server', 'is not an address', 'write it as `https://licensing.example/License`')
}
