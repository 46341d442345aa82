#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old\n  what to do: run it with Node 22.19 or later\n`,
  )
  process.exit(2)
}
const { cli } = await import('./index.js')

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
await cli({ assets: import.meta.dirname, profiles: join(import.meta.dirname, '..', 'profiles') }, version)
