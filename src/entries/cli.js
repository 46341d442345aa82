#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cli } from './index.js'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
await cli({ assets: import.meta.dirname, profiles: join(import.meta.dirname, '..', 'profiles') }, version)
