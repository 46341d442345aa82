import { expect, test } from '@jest/globals'
import { parseImage } from '../../src/inputs/image.ts'
import { refusal } from '../judge/hdf-fixture.ts'

const SHA256 = `sha256:${'0a'.repeat(32)}`

test.each([
  'debian',
  'debian:12',
  'library/debian:12',
  'app_v2.web--blue:Rel-1.0_x',
  'ghcr.io/org/app:1.2',
  'localhost/app',
  'localhost:5000/app:1',
  'registry:5000/a/b/c',
  'Registry/app:1',
  '10.0.0.7:5000/app',
  '[2001:db8::1]:5000/app:1',
  `registry.example/app@${SHA256}`,
  `registry.example:443/app:1@${SHA256}`,
  `app@sha512:${'0'.repeat(128)}`,
])('%s is an image', (value) => {
  expect(parseImage(value, 'image')).toBe(value)
})

test.each([
  ['ghcr.io/Org/app:1', '`Org` has capital letters', 'a name is in lower case: `org`'],
  ['Debian', '`Debian` has capital letters', 'a name is in lower case: `debian`'],
  ['Localhost/App', '`App` has capital letters', 'a name is in lower case: `app`'],
  ['https://ghcr.io/org/app', 'it begins with `https://`', 'leave out `https://`'],
  ['docker://app:1', 'it begins with `docker://`', 'leave out `docker://`'],
  ['my app', '`my app` is no name', '[registry/]name[:tag]'],
  ['app:', 'its tag is empty', '[registry/]name[:tag]'],
  ['app:a b', '`a b` is no tag', '[registry/]name[:tag]'],
  ['org//app', 'a part of its name is empty', '[registry/]name[:tag]'],
  ['ghcr.io/', 'a part of its name is empty', '[registry/]name[:tag]'],
  ['app@sha256:12', '`sha256:12` is no digest', '64 digits'],
  [`app@${SHA256.toUpperCase()}`, 'is no digest', '64 digits'],
  ['registry:port/app', '`registry:port` is no registry', '[registry/]name[:tag]'],
  ['-v', '`-v` is no name', '[registry/]name[:tag]'],
  ['../etc', '`..` is no registry', '[registry/]name[:tag]'],
  ['$(id)', '`$(id)` is no name', '[registry/]name[:tag]'],
])('%s is none, and what is wrong is said', (value, why, hint) => {
  expect(refusal(() => parseImage(value, 'image'))).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(why),
    hint: expect.stringContaining(hint),
  })
})
