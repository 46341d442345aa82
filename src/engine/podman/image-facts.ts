import { packFiles } from '../../payload/archive.ts'
import { podName, SCANNER } from '../../plan/names.ts'
import type { Plan } from '../../plan/plan.ts'
import type { ProgramOptions, ProgramResult } from '../../process/program.ts'
import { FACTS_DIR, FACTS_FILES } from '../../protocol/paths.ts'

/** What `podman image inspect` says of an image, as far as it matters here. */
interface InspectedImage {
  readonly Config: Record<string, unknown>
  readonly ManifestType?: string
  readonly Healthcheck?: unknown
  readonly HealthCheck?: unknown
}

/**
 * Puts the image's configuration, as podman has it in its store, into the volume from which the scanner reads it. Into a container
 * that is created and not started yet: the scanner must not look before it is there.
 */
export async function tellImage(
  podman: (doing: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>,
  plan: Plan,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const doing = `reading the configuration of ${image}`
  const { stdout } = await podman(doing, ['image', 'inspect', image], { signal })
  const { Config, ManifestType, Healthcheck, HealthCheck } = (JSON.parse(stdout) as InspectedImage[])[0]!
  // the format of OCI has no place for a health check
  const config = { ...Config, Healthcheck: Healthcheck ?? HealthCheck ?? null, ManifestType: ManifestType ?? '' }
  const input = await packFiles([{ path: FACTS_FILES.config, data: Buffer.from(JSON.stringify(config)) }])
  await podman(doing, ['cp', '-', `${podName(plan.scanId)}-${SCANNER}:${FACTS_DIR}`], { signal, input })
}
