// The bundle: one file behind the three entries in dist/.
export { cli } from './cli.ts'
export { main, post } from './main.ts'
