import { join } from 'node:path'
import { main } from './index.js'

await main({ assets: import.meta.dirname, profiles: join(import.meta.dirname, '..', 'profiles') })
