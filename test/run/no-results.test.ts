import { expect, test } from '@jest/globals'
import type { Log } from '../../src/log/log.ts'
import { accessChoice } from '../../src/run/access.ts'
import { withoutResults } from '../../src/run/no-results.ts'

// The logs are InSpec's own, of 4.56 to 7: what it wrote when it wrote no results.
const CASES: readonly [name: string, exit: number, log: string, message: string, hint: RegExp][] = [
  [
    'a version it has not',
    1,
    'This profile requires Chef InSpec version >= 99.0. You are running Chef InSpec v5.22.95.\n',
    'the profile needs InSpec >= 99.0, and the scanner image has 5.22.95',
    /scanner-image/,
  ],
  [
    'gems',
    1,
    'Do you want to install unsatisfied gem dependencies? \n \u001b[1m\u001b[37m•\u001b[0m mongo >= 2.3.12\n \u001b[1m\u001b[37m•\u001b[0m other\nSomthing is trying to ask the user a question, but interactivity is disabled.\n',
    'the profile depends on gems that the scanner image lacks: mongo >= 2.3.12, other',
    /gem_dependencies/,
  ],
  [
    'a library',
    1,
    "libraries/foo.rb:3:in `<class:Foo>': uninitialized constant foo::NOPE (NameError)\n\tfrom libraries/foo.rb:1:in `load_with_context'\n",
    'the profile has an error: libraries/foo.rb:3: uninitialized constant foo::NOPE (NameError)',
    /inspec check/,
  ],
  [
    'Ruby 3.1’s syntax error',
    1,
    "/gems/inspec-core-5.22.95/lib/inspec/profile_context.rb:171:in `instance_eval': /scan/profile/controls/a.rb:2: syntax error, unexpected `do', expecting ')' (SyntaxError)\n  describe( do\n            ^~\n\tfrom /gems/x.rb:1:in `y'\n",
    "the profile has an error: controls/a.rb:2: syntax error, unexpected `do', expecting ')' (SyntaxError)",
    /inspec check/,
  ],
  [
    'Ruby 3.4’s syntax error',
    1,
    "/gems/inspec-core/lib/inspec/profile_context.rb:171:in 'BasicObject#instance_eval': /scan/profile/controls/a.rb:2: syntax errors found (SyntaxError)\n  1 | control 'a' do\n> 2 |   describe( do\n    |             ^ unexpected 'do'; expected a `)` to close the arguments\n  3 | end\n\tfrom x\n",
    "the profile has an error: controls/a.rb:2: syntax error: unexpected 'do'; expected a `)` to close the arguments",
    /inspec check/,
  ],
  [
    'an error that a control raises in a resource, outside any example',
    1,
    "/gems/inspec-core-5.22.95/lib/inspec/resources/iptables.rb:97:in `find_iptables_or_error': Could not find `iptables` (Inspec::Exceptions::ResourceFailed)\n\tfrom /gems/inspec-core-5.22.95/lib/inspec/resources/iptables.rb:56:in `retrieve_rules'\n\tfrom /scan/profile/controls/my rules.rb:65:in `block (2 levels) in load_with_context'\n\tfrom /scan/profile/controls/x.rb:1:in `y'\n",
    'InSpec itself ended at controls/my rules.rb:65 of the profile: Could not find `iptables` (Inspec::Exceptions::ResourceFailed)',
    /leave its control out with `controls`/,
  ],
  [
    'the same of Ruby 3.4, in a profile that is depended on',
    1,
    "/gems/lib/inspec/x.rb:9:in 'Inspec::Resources::X#y': undefined method 'z' for nil (NoMethodError)\n\tfrom /scan/profile/vendor/abc123/libraries/l.rb:3:in 'L#m'\n",
    "InSpec itself ended at vendor/abc123/libraries/l.rb:3 of the profile: undefined method 'z' for nil (NoMethodError)",
    /mend it/,
  ],
  [
    'an error of InSpec alone',
    1,
    "/gems/lib/inspec/x.rb:9:in `y': no memory (NoMemoryError)\n\tfrom /gems/lib/z.rb:1:in `<main>'\n",
    'InSpec itself ended with an error: no memory (NoMemoryError)',
    /log above/,
  ],
  [
    'a resource that is a gem of its own',
    3,
    "ERROR: The resource pack gem 'inspec-docker-resources' is required for resource 'docker' support (consider --auto-install-gems). (used at controls/a.rb:1)\n",
    'the profile uses a resource that InSpec 7 moved to the gem inspec-docker-resources, which the scanner image lacks',
    /InSpec 6 or older/,
  ],
  ['the licence not accepted', 172, '', 'InSpec’s licence is not accepted', /chef-license-key/],
  [
    'a licence for something else',
    173,
    '',
    'the licence in `chef-license-key` does not entitle to InSpec, or has expired',
    /renew/,
  ],
  ['no licence', 174, '', 'InSpec has no licence key, or takes the one it has for invalid', /set `chef-license-key`/],
  [
    'no licensing server',
    174,
    'Unable to connect to the licensing server. chef-licensing server: https://licensing.example/License\n',
    'InSpec could not check its licence: Unable to connect to the licensing server. chef-licensing server: https://licensing.example/License',
    /chef-license-server/,
  ],
  [
    'no memory',
    137,
    '',
    'InSpec was killed (exit code 137), most likely because its memory limit was too low',
    /scanner-resources/,
  ],
  ['no InSpec', 127, '', 'the scanner image has neither `cinc-auditor` nor `inspec`', /scanner-image/],
  [
    'a target it may not see',
    1,
    "Transport error, can't connect to 'proc' backend: no target process: 2 are not readable\n",
    "InSpec ended with exit code 1 and wrote no results: Transport error, can't connect to 'proc' backend: no target process: 2 are not readable",
    /pod-security: privileged/,
  ],
  ['nothing said', 3, '', 'InSpec ended with exit code 3 and wrote no results', /scanner’s log/],
]

test.each(CASES)('%s', (_name, exit, log, message, hint) => {
  const found = withoutResults(exit, log, false)
  expect(found.message).toBe(message)
  expect(found.hint).toMatch(hint)
})

test('a scanner that stands in a workload is not helped by inputs of this run', () => {
  const hint = (said: string) => withoutResults(1, `Transport error, can't connect: ${said}`, true).hint
  expect(hint('no target process among 8; not readable: 27 (sleep, UID 65534)')).toMatch(
    /render the patch again with `--run-as-user` .* or with `--pod-security privileged`/,
  )
  expect(hint('no target process with SCAN_TARGET in its environment')).toMatch(
    /render the patch again with `--container/,
  )
  expect(hint('the target process 7 went away during the scan')).not.toMatch(/target-command/)
  expect(hint('anything else')).toBe('see the scanner’s log above')
})

test('a load that fails without a process is tried once beside one, where the way is free to choose', () => {
  const log =
    'ERROR: Failed to load profile p: Failed to load source for controls/a.rb: Not available through the proc transport: processes (no process: target-mode: run)'
  const said: string[] = []
  const to = (targetAccess: 'auto' | 'volume') =>
    accessChoice({ targetAccess, targetMode: 'hold' }, undefined, {
      info: (line: string) => said.push(line),
    } as unknown as Log)
  expect(to('auto').again('volume', log)).toBe('sidecar')
  expect(said).toEqual([
    'target-access: sidecar, because the profile does not load without a process: processes (no process',
  ])
  expect(to('auto').again('sidecar', log)).toBeUndefined()
  expect(to('volume').again('volume', log)).toBeUndefined()
  expect(to('auto').again('volume', 'ERROR: Failed to load profile p: undefined method')).toBeUndefined()
})
