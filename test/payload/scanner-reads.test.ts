import { describe, expect, test } from '@jest/globals'
import { rubyCode } from '../../src/payload/ruby-code.ts'
import { scannerReads } from '../../src/payload/scanner-reads.ts'

const reads = (text: string, path = 'controls/a.rb') => scannerReads([{ files: [{ path, data: Buffer.from(text) }] }])

describe('Ruby that reads the scanner is told, by file and line', () => {
  test.each([
    ["only_if { File.exist?('/etc/ssh/sshd_config') }", '`File.exist?` reads the scanner'],
    ["lines = ::File.readlines('/etc/passwd')", '`::File.readlines` reads the scanner'],
    ["describe File::read('/etc/passwd') do", '`File::read` reads the scanner'],
    ["Dir.glob('/etc/cron.d/*').each do |path|", '`Dir.glob` reads the scanner'],
    ["Dir['/etc/*.conf'].each { |path| puts path }", '`Dir[…]` reads the scanner'],
    ["describe ENV['PATH'] do", '`ENV[…]` reads the environment of the scanner'],
    ["home = ENV.fetch('HOME', '/root')", '`ENV.fetch` reads the environment of the scanner'],
    ["uid = Etc.getpwnam('root').uid", '`Etc.getpwnam` reads the accounts of the scanner'],
    ['out = `uname -r`', 'a command in backticks runs in the scanner'],
    ['out = %x(uname -r)', 'a command in backticks runs in the scanner'],
    ['out = %x{uname -r}.strip', 'a command in backticks runs in the scanner'],
    ["system('test -f /etc/passwd')", '`system` runs a command in the scanner'],
    ['system "true"', '`system` runs a command in the scanner'],
    ["out, = Open3.capture2('id')", '`Open3.capture2` runs a command in the scanner'],
    ["IO.popen('id') { |io| io.read }", '`IO.popen` reads the scanner'],
    ['describe "of #{File.read(path)}" do', '`File.read` reads the scanner'],
    ['its("stdout") { should eq <<~E }\n  #{`id`}\nE', 'a command in backticks runs in the scanner'],
    ['path = /a/.match(text) && File.size(text)', '`File.size` reads the scanner'],
    ['share = used / total; File.stat(path) # / x', '`File.stat` reads the scanner'],
  ])('%j', (line, told) => {
    const found = reads(`# one\n${line}\n`)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^controls\/a\.rb:[23]: .* the scanner, not the image: use InSpec’s resources$/)
    expect(found[0]).toContain(told)
  })
})

test.each([
  "describe file('/etc/passwd') do",
  "describe directory('/etc') do",
  "describe inspec.file('/etc/passwd') do",
  'it { expect(resource.File.read).to eq 1 }',
  "# File.read('/etc/passwd')",
  "=begin\nFile.read('/etc/passwd')\n=end",
  "title 'File.read and `uname`'",
  "desc %q(Dir.glob('/x') and `ls`)",
  'desc "run `ls` and ENV[\'PATH\']"',
  "describe command('echo $ENV; system(1)') do",
  "desc <<~'E'\n  #{File.read(1)}\n  `id`\nE",
  "desc <<-E\n  File.read('/x')\n  E",
  "desc 'check', \"\n  $ File.read('x')\n  `sudo ls`\n\"",
  'it { should match(/File.read|`ls`/) }',
  "its('content') { should match %r{Dir.glob(.*)} }",
  "name = File.join('/etc', 'x')",
  'name = File.basename(path)',
  'mode = File::RDONLY',
  "data = File.read(File.join(__dir__, 'x.json'))",
  "require File.expand_path('x', __FILE__)",
  "text = inspec.profile.file('x') + File.read(inspec.profile.file('x'))",
  'class File < Base; end',
  'module Env; ENVIRONMENT = 1; end',
  'describe virtualization.system do',
  "its('system') { should eq 'docker' }",
  "only_if { os.system == 'x' }",
  'x = total / 2 # ` one\ny = 1 / 3',
  'expect(x).to receive(:`)',
  "__END__\nFile.read('/x')",
])('%j is about the image, or is no code', (line) => {
  expect(reads(`${line}\n`)).toEqual([])
})

test('positions stay', () => {
  const text = 'a = \'x\' # ü\nb = "é#{c}"\n<<~E\n  ß\nE\nd\n'
  const code = rubyCode(text)
  expect(code).toHaveLength(text.length)
  expect(code.split('\n').map((line) => line.trimEnd())).toEqual(["a = ' '", 'b = "   c "', '"', '', '', 'd', ''])
})

test('only controls and libraries are read, vendored ones too, and the list ends', () => {
  expect(reads('File.read(x)', 'test/a.rb')).toEqual([])
  expect(reads('File.read(x)', 'README.md')).toEqual([])
  expect(reads('File.read(x)', 'libraries/a.rb')).toHaveLength(1)
  expect(reads('File.read(x)', 'vendor/abc/controls/a.rb')).toHaveLength(1)
  const many = reads('File.read(x)\n'.repeat(30))
  expect(many).toHaveLength(21)
  expect(many.at(-1)).toBe('the profile reads the scanner in 10 more lines')
})

test('text that is no Ruby ends', () => {
  for (const text of [
    '"',
    "'",
    '`',
    '%x(',
    '<<~E',
    '#{',
    '"#{',
    '"#{"#{',
    '/',
    '%',
    '?',
    '$',
    '\\',
    '=begin',
    '}',
    '%w[',
    '\u0000\uE0FF',
  ])
    expect(rubyCode(text.repeat(3))).toHaveLength(text.length * 3)
})
