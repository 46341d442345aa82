import { expect, test } from '@jest/globals'
import { EXIT, ScanError } from '../../src/errors.ts'

test('an error carries what failed, what to do next and its cause', () => {
  const cause = new Error('ENOENT')
  const error = new ScanError('cannot read the profile', { exitCode: EXIT.usage, hint: 'check `profile`', cause })
  expect(error).toMatchObject({ message: 'cannot read the profile', hint: 'check `profile`', exitCode: 2, cause })
})
