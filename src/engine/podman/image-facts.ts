import { packFiles } from '../../payload/archive.ts'
import { podName, SCANNER } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ProgramOptions, ProgramResult } from '../../process/program.ts'
import { FACTS_DIR, FACTS_FILES } from '../../protocol/paths.ts'
import { podmanCommand } from './command.ts'

/** What `podman image inspect` says of an image, as far as it matters here. */
export interface InspectedImage {
  readonly Id: string
  readonly Digest: string
  readonly RepoDigests?: readonly string[] | null
  readonly Config: Record<string, unknown>
  readonly ManifestType?: string
  readonly Healthcheck?: unknown
  readonly HealthCheck?: unknown
}

/** An image of podman's store, by any name that podman takes; undefined where it is not there. */
export async function inspectImage(image: string, signal: AbortSignal): Promise<InspectedImage | undefined> {
  const { stdout, exitCode } = await podmanCommand(['image', 'inspect', image], { signal })
  return exitCode === 0 ? parsed(stdout) : undefined
}

function parsed(inspected: string): InspectedImage {
  return (JSON.parse(inspected) as InspectedImage[])[0]!
}

/**
 * Puts the image's configuration, as podman has it in its store, into the volume from which the scanner reads it. Into a container
 * that is created and not started yet: the scanner must not look before it is there. `known`: the image, where it was inspected before.
 */
export async function tellImage(
  podman: (doing: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>,
  plan: Plan,
  image: string,
  known: InspectedImage | undefined,
  signal: AbortSignal,
): Promise<void> {
  const doing = `reading the configuration of ${image}`
  const inspected = known ?? parsed((await podman(doing, ['image', 'inspect', image], { signal })).stdout)
  const { Config, ManifestType, Healthcheck, HealthCheck } = inspected
  // the format of OCI has no place for a health check
  const config = { ...Config, Healthcheck: Healthcheck ?? HealthCheck ?? null, ManifestType: ManifestType ?? '' }
  const input = await packFiles([{ path: FACTS_FILES.config, data: Buffer.from(JSON.stringify(config)) }])
  await podman(doing, ['cp', '-', `${podName(plan.scanId)}-${SCANNER}:${FACTS_DIR}`], { signal, input })
}
