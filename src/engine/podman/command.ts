import { type ProgramOptions, type ProgramResult, runProgram } from '../../process/program.ts'

/** Runs podman to its end; see `runProgram`. */
export async function podmanCommand(args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return await runProgram('podman', args, options)
}
