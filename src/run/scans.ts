import type { V1Pod } from '@kubernetes/client-node'
import type { Engine } from '../engine/engine.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { packArchive } from '../payload/archive.ts'
import { scanVariables } from '../plan/containers.ts'
import type { ScanIdentity } from '../plan/names.ts'
import { mergePatch } from '../plan/patch.ts'
import { type Payload, plan } from '../plan/plan.ts'
import type { CarriedScan } from '../scan/carried-scan.ts'
import { newIdentity } from './identity.ts'
import type { OneScan } from './one-scan.ts'
import type { ImageOrigin, Subject } from './subjects.ts'

/** How each subject of a run comes to its results. */
export async function scansOf(
  subjects: readonly Subject[],
  inputs: Inputs,
  payload: Payload,
  engine: Engine,
  runId: string,
): Promise<OneScan[]> {
  const secrets = [...payload.secrets].map(([path, data]) => ({ path, data }))
  const packed = secrets.length === 0 ? Buffer.alloc(0) : await packArchive(secrets)
  return subjects.map((subject, index): OneScan => {
    const identity = newIdentity(runId, subjects.length === 1 ? runId : `${runId}-${index + 1}`)
    if (subject.kind === 'lost')
      return { kind: 'lost', identity, image: `pod/${subject.pod}`, pod: subject.pod, error: subject.error }
    if (subject.kind === 'pod') {
      const carried = carriedScan(subject.pod, inputs, identity, { archive: payload.archive, secrets: packed })
      const pod = `${carried.pod}, container ${carried.container}`
      return { kind: 'carried', identity, image: `pod/${carried.pod}`, pod, carried }
    }
    const { image, origin } = subject
    const planInputs = origin === undefined ? inputs : ofOrigin(inputs, origin)
    return {
      kind: 'planned',
      identity,
      image,
      pod: origin?.pods.join('; '),
      planned: (way, without) =>
        plan(planInputs, payload, identity, {
          image,
          access: way,
          namespace: engine.namespace,
          witnessed: !engine.tellsImages,
          without,
        }),
    }
  })
}

/** The pull secrets of the pod the image was found in, and its node where no other has the image. */
function ofOrigin(inputs: Inputs, { node, pullSecrets }: ImageOrigin): Inputs {
  return {
    ...inputs,
    imagePullSecrets: [...new Set([...inputs.imagePullSecrets, ...pullSecrets])],
    ...(node === undefined
      ? {}
      : {
          imagePullPolicy: inputs.imagePullPolicy === 'Always' ? 'IfNotPresent' : inputs.imagePullPolicy,
          podPatch: mergePatch({ spec: { nodeName: node } }, inputs.podPatch),
        }),
  } as Inputs
}

function carriedScan(
  { metadata, spec }: V1Pod,
  inputs: Inputs,
  identity: ScanIdentity,
  packed: { readonly archive: Buffer; readonly secrets: Buffer },
): CarriedScan {
  const { scannerContainer: container, markerPath, resultsPath, timeoutSeconds } = inputs
  const containers = spec?.containers ?? []
  const scanner = containers.find(({ name }) => name === container)
  const others = containers.filter(({ name }) => name !== container).map(({ name }) => name)
  const named = others.find((name) => name === inputs.container)
  return {
    pod: metadata!.name!,
    uid: metadata!.uid!,
    container,
    target: inputs.container === '' ? (others.length === 1 ? others[0] : undefined) : named,
    image: scanner?.image ?? '',
    program: [...(scanner?.command ?? []), ...(scanner?.args ?? [])].join('\n'),
    markerPath,
    resultsPath,
    timeoutSeconds,
    inside: {
      scanId: identity.scanId,
      nonce: identity.nonce,
      ...packed,
      environment: { ...scanVariables(inputs), SCAN_HOLD: 'false', SCAN_TARGET_WAIT: '10' },
    },
  }
}
