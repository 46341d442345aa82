import { spawnSync } from 'node:child_process'

const RUBY = `
require "yaml"
require "erb"
require "json"
require "date"
def plain(value)
  case value
  when Hash then value.to_h { |key, one| [key.to_s, plain(one)] }
  when Array then value.map { |one| plain(one) }
  when nil, true, false then value
  else value.to_s
  end
end
texts = JSON.parse($stdin.read).map { |base64| base64.unpack1("m").force_encoding("UTF-8") }
erb = ARGV.include?("erb")
puts JSON.generate(texts.map { |text|
  begin
    { "value" => plain(YAML.unsafe_load(erb ? ERB.new(text).result(Object.new.instance_eval { binding }) : text)) }
  rescue Exception => e
    { "error" => e.class.name }
  end
})
`

export type PsychAnswer = { readonly value: unknown } | { readonly error: string }

/** What this machine's Ruby reads, scalars as texts: as InSpec reads inspec.yml (with ERB) or an inputs file (without). */
export function psych(texts: readonly Buffer[], { erb }: { readonly erb: boolean }): PsychAnswer[] {
  const { stdout, stderr, status } = spawnSync('ruby', ['-e', RUBY, ...(erb ? ['erb'] : [])], {
    input: JSON.stringify(texts.map((text) => text.toString('base64'))),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`ruby failed: ${stderr}`)
  return JSON.parse(stdout) as PsychAnswer[]
}
