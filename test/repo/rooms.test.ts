import { expect, test } from '@jest/globals'
import { commitFiles } from './files.ts'

/** Folders of tests that are about more than one room. */
const ACROSS = ['action', 'cluster', 'faults', 'fuzz', 'repo', 'scenario', 'security', 'soak', 'unit']
/** Rooms whose tests are in the folders that need an engine. */
const WITH_ENGINES = ['process']
const NOT_TYPESCRIPT = ['entries', 'sidecar', 'transport']

const folders = (files: readonly string[]) => [...new Set(files.map((path) => path.split('/')[1]!))].sort()

test('the folders of tests are the rooms of src', () => {
  const rooms = folders(commitFiles('src/*/*')).filter((room) => !NOT_TYPESCRIPT.includes(room))
  const tested = folders(commitFiles('test/*/*.test.ts')).filter((folder) => !ACROSS.includes(folder))
  expect(rooms.length).toBeGreaterThan(10)
  expect(tested.filter((folder) => !rooms.includes(folder))).toEqual([])
  expect(rooms.filter((room) => !tested.includes(room) && !WITH_ENGINES.includes(room))).toEqual([])
})
