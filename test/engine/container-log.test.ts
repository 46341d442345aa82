import { expect, test } from '@jest/globals'
import { withoutKubeletMessages } from '../../src/engine/kubernetes/container-log.ts'

const OWN = 'This profile requires Chef InSpec version >= 99.0.\n  at controls/a.rb:1\n'

test.each([
  'failed to try resolving symlinks in path "/var/log/pods/scan_scan-1_2/scanner/0.log": lstat /var/log/pods/scan_scan-1_2/scanner/0.log: no such file or directory',
  'unable to retrieve container logs for containerd://4f1a',
  'unable to retrieve container logs for docker://4f1a',
  'failed to watch file "/var/log/pods/scan_scan-1_2/scanner/0.log": no such file or directory',
  'rpc error: code = NotFound desc = an error occurred when try to find container "4f1a": not found',
])('%s is not of the container', (line) => {
  expect(withoutKubeletMessages(line)).toBe('')
  expect(withoutKubeletMessages(`${line}\n`)).toBe('')
  expect(withoutKubeletMessages(`${OWN}${line}`)).toBe(OWN.trimEnd())
})

test('what the container wrote stays', () => {
  for (const log of ['', OWN, `said: failed to try resolving symlinks in path "/x"\n`])
    expect(withoutKubeletMessages(log)).toBe(log)
})
