import { EXIT, ScanError } from '../../errors.ts'
import type { ProgramResult } from '../../process/program.ts'

const CAUSES: readonly { when: RegExp; hint: string }[] = [
  {
    when: /catatonit|pause image/,
    hint: 'install the package `catatonit`, or name a pause image as `infra_image` in containers.conf',
  },
  {
    when: /pinging container registry.*(connection refused|no such host|timeout|unreachable)/i,
    hint: 'podman cannot reach the image’s registry: check the spelling of `image` and `scanner-image`, and the network; without one, bring the image with `podman load`',
  },
  {
    when: /initializing source|manifest unknown|pull access denied|unauthorized|name unknown|denied|reading manifest|no such image|image not known|pinging container registry/i,
    hint: 'check the spelling of `image` and `scanner-image`; for a private registry run `podman login` first',
  },
  {
    when: /no image found in manifest list|exec format error/i,
    hint: 'the image is for another processor architecture',
  },
  {
    when: /subuid|subgid|newuidmap|newgidmap/i,
    hint: 'rootless podman needs the package `uidmap` and entries for this user in /etc/subuid and /etc/subgid',
  },
  {
    when: /XDG_RUNTIME_DIR|cannot clone|systemd|dbus/i,
    hint: 'rootless podman needs a login session: set XDG_RUNTIME_DIR, or use `loginctl enable-linger`',
  },
  {
    when: /executable file not found|no such file or directory/,
    hint: 'a program cannot be found in an image: `scanner-image` needs a shell, tar, gzip and InSpec; for the target check `target-command`',
  },
  { when: /no space left/, hint: 'free disk space, or `podman system prune`' },
  { when: /name .* is in use/, hint: 'run `sidecar-scan cleanup`' },
]

/** One sentence for a podman command that failed: what was tried, what podman said last, what helps. */
export function explainPodman({ exitCode, stderr }: ProgramResult, doing: string): ScanError {
  if (exitCode === 127 && /podman: not found|not found$/m.test(stderr)) {
    return new ScanError('podman is not installed', {
      exitCode: EXIT.usage,
      hint: 'install podman, or give a `kubeconfig` to scan in a cluster',
    })
  }
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^time="[^"]*" level=\w+ msg=/, '').trim())
    .filter((line) => line !== '')
  const said = (lines.findLast((line) => line.startsWith('Error:')) ?? lines.at(-1) ?? `exit code ${exitCode}`).replace(
    /^Error:\s*/,
    '',
  )
  // what podman calls internal it has told before, in its log
  const logged = [...stderr.matchAll(/level=error msg="(.*)"$/gm)].map(([, text]) => text!.replaceAll('\\"', ''))
  const inner = said.endsWith('internal libpod error') ? logged.at(-1) : undefined
  const why = inner === undefined ? said : `${said}: ${inner}`
  const cause = CAUSES.find(({ when }) => when.test(stderr))
  return new ScanError(`${doing} failed: ${why.slice(0, 500)}`, {
    exitCode: EXIT.engine,
    hint: cause?.hint ?? 'see podman’s message; `podman info` must work for this user',
  })
}

/** A podman command that did not end within its time limit. */
export function podmanSilent(doing: string): ScanError {
  return new ScanError(`${doing} failed: podman did not answer in time`, {
    exitCode: EXIT.engine,
    hint: 'see whether `podman ps --all` answers; `podman system migrate` ends processes of podman that hang',
  })
}
