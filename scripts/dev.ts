/** The CLI straight from src/, without a build: `node scripts/dev.ts run --image …`. */
import { join } from 'node:path'
import { cli } from '../src/cli.ts'

const root = join(import.meta.dirname, '..')
await cli({ assets: join(root, 'src'), profiles: join(root, 'profiles') }, 'dev')
