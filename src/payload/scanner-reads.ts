import type { ArchiveFile } from './archive.ts'
import { rubyCode } from './ruby-code.ts'
import { decodeText } from './text.ts'

/** What Ruby runs in a profile outside of InSpec's resources, and so reads or runs in the scanner. */
const READS: readonly (readonly [RegExp, (found: string) => string])[] = [
  [
    /(?<![\w.:@$])(?:::)?(?:File|FileTest|IO)\s*(?:\.|::)\s*(?:absolute_path\?|atime|binread|birthtime|blockdev\?|chardev\?|ctime|directory\?|empty\?|executable\?|exists?\?|file\?|foreach|ftype|identical\?|lstat|mtime|new|open|owned\?|popen|read|readable\?|readlines|readlink|realpath|setgid\?|setuid\?|size\??|socket\?|stat|sticky\?|symlink\?|world_readable\?|world_writable\?|writable\?|zero\?)(?![\w?])/g,
    (found) => `\`${found}\` reads`,
  ],
  [
    /(?<![\w.:@$])(?:::)?Dir\s*(?:(?:\.|::)\s*(?:children|each_child|empty\?|entries|exists?\?|foreach|glob|home|new|open|pwd)(?![\w?])|\[)/g,
    (found) => `\`${found.replace('[', '[…]')}\` reads`,
  ],
  [
    /(?<![\w.:@$])(?:::)?ENV\s*(?:\[|\.\s*[a-z]\w*\??)/g,
    (found) => `\`${found.replace('[', '[…]')}\` reads the environment of`,
  ],
  [/(?<![\w.:@$])(?:::)?Etc\s*\.\s*[a-z]\w*/g, (found) => `\`${found}\` reads the accounts of`],
  [
    /(?<![\w.:@$])(?:::)?(?:Open3\s*\.\s*[a-z]\w*|Process\s*\.\s*spawn|Kernel\s*\.\s*(?:system|spawn|exec|`))/g,
    (found) => `\`${found}\` runs a command in`,
  ],
  [
    /(?<![\w.:@$])(?<!\bdef\s)(?:system|spawn|exec)(?:\s*\(\s*|\s+)["']/g,
    (found) => `\`${/\w+/.exec(found)![0]}\` runs a command in`,
  ],
  [/`[^`]*`/g, () => 'a command in backticks runs in'],
]
/** Its own files are in the scanner, and are meant. */
const OWN_FILES = /__dir__|__FILE__|\binspec\s*\.\s*profile\b/
const MOST = 20

/**
 * Where profiles read the scanner and not the image, one line for each line of code. A warning, since some mean it: Ruby's own
 * `File`, `Dir`, `ENV`, `Etc` and commands know nothing of the image. Pure.
 */
export function scannerReads(profiles: readonly { readonly files: readonly ArchiveFile[] }[]): string[] {
  const found = profiles.flatMap(({ files }) =>
    files
      .filter(({ path }) => /(?:^|\/)(?:controls|libraries)\/.+\.rb$/.test(path))
      .flatMap(({ path, data }) => readsIn(path, decodeText(data))),
  )
  const rest = found.length - MOST
  return rest > 0 ? [...found.slice(0, MOST), `the profile reads the scanner in ${rest} more lines`] : found
}

function readsIn(path: string, text: string): string[] {
  return rubyCode(text)
    .split('\n')
    .flatMap((line, index) => {
      if (OWN_FILES.test(line)) return []
      const read = READS.map(([pattern, told]) => ({ found: line.match(pattern)?.[0], told })).find(
        ({ found }) => found !== undefined,
      )
      if (!read) return []
      return [
        `${path}:${index + 1}: ${read.told(read.found!.replace(/\s+/g, ''))} the scanner, not the image: use InSpec’s resources`,
      ]
    })
}
