import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { redact } from '../../src/payload/sensitive.ts'

const VALUES = ['planted"p@ss\\word', 'a#{b} #@c', "tab\tbell\u0007 esc\u001b 'quoted'", 'plain-value', 'ümlaut & €']

/** Every way in which a profile in Ruby may show a text: the truth is the machine's own Ruby. */
const WAYS = `
  require "json"; require "shellwords"
  texts = JSON.parse(STDIN.read)
  shown = texts.flat_map do |text|
    [text, text.inspect, text.to_json, [text].inspect.inspect, { "a" => [text] }.inspect, "got: #{text.inspect}".to_json,
     "of #{{ "list" => [text] }}".inspect.inspect.to_json, Shellwords.escape(text), "echo #{Shellwords.escape(text)}".inspect.to_json]
  end
  puts JSON.generate(shown)
`

test('a sensitive value is hidden in every form that Ruby, RSpec and JSON write it in', () => {
  const shown = JSON.parse(execFileSync('ruby', ['-e', WAYS], { input: JSON.stringify(VALUES) }).toString()) as string[]
  expect(shown).toHaveLength(9 * VALUES.length)
  for (const text of shown) {
    expect(redact(text, VALUES)).not.toMatch(/planted|word|bell|quoted|plain|mlaut|b\}/)
    expect(redact(text, VALUES)).toContain('***')
  }
})

test('each long line of a sensitive value is hidden, as a diff shows it; a short one is left', () => {
  const key = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nno\n-----END KEY-----\n'
  const diff = 'Diff:\n@@ -1,4 +1,1 @@\n------BEGIN KEY-----\n-MIIEpAIBAAKCAQEA\n-no\n+x'
  expect(redact(diff, [key])).not.toMatch(/KEY|MIIE/)
  expect(redact(diff, [key])).toContain('\n-no\n')
})
