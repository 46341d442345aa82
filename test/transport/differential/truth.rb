# frozen_string_literal: true

# Runs InSpec with local:// inside a target's own namespaces: ARGV is PROFILE RESULTS. Started by the dynamic loader of
# the scanner's root, mounted at RUNTIME, so nothing of the target is needed and nothing of its environment is changed.
RUNTIME = "/.ground-truth"
version = RUBY_VERSION[/\d+\.\d+/]
# The paths compiled into this Ruby are another root's; run.rb gives its own by -I.
$LOAD_PATH.select! { |path| path.start_with?(RUNTIME) }
require "rubygems"
Gem.paths = { "GEM_HOME" => "#{RUNTIME}/var/lib/gems/#{version}.0",
              "GEM_PATH" => "#{RUNTIME}/var/lib/gems/#{version}.0:#{RUNTIME}/usr/share/rubygems-integration/all:#{RUNTIME}/usr/lib/ruby/gems/#{version}.0" }
PROFILE, RESULTS = ARGV
if ENV.delete("PLAIN")
  # as anybody starts it, so that both sides pay for the same start
  ENV["CHEF_LICENSE"] = "accept-no-persist"
  ARGV.replace(["exec", PROFILE, "--reporter", "json:#{RESULTS}", "--no-create-lockfile"])
  load Gem.activate_bin_path("inspec-core-bin", "inspec", ">= 0.a")
end
require "inspec"
require "inspec/cli"
require "json"

# A tool that the image does not have leaves the truth unknown: the example is marked, not believed.
module MissingTool
  CANNOT = /not found|No such applet|bad -o|unrecognized option|invalid option|unknown option/.freeze

  def run_command_via_connection(command, options = {}, &block)
    result = super
    missing = result.exit_status == 127 || CANNOT.match?(result.stderr.to_s) || (result.exit_status == 1 && result.stdout.empty? && result.stderr.empty? && !program?(command))
    probe = command.match?(/\Ash -c 'type|\A(?:which|type) /)
    Thread.current[:missing] = command if missing && (!probe || command.match?(/"(?:ss|netstat)"/))
    result
  end

  def program?(command)
    name = command.strip.split(/\s/).first.to_s.delete("()")
    paths = name.include?("/") ? [name] : ENV["PATH"].to_s.split(":").map { |folder| File.join(folder, name) }
    paths.any? { |path| File.executable?(path) } || %w[test exit cd command type echo].include?(name)
  end
end
Train.create("local") # loads the transport
Train::Transports::Local::Connection.prepend(MissingTool)

# Which tool each resource missed: as it was built, or as its first example asked.
RESOURCES = {}.compare_by_identity

module NoteInResource
  def supersuper_initialize(*)
    Thread.current[:missing] = nil
    super
    RESOURCES[self] = Thread.current[:missing]
  end
end

module NoteInExample
  def run(*)
    Thread.current[:missing] = nil
    super
  ensure
    described = metadata[:described_class]
    described = described.resource if described.is_a?(FilterTable::Table)
    tool = RESOURCES[described] ||= Thread.current[:missing]
    File.open("#{RESULTS}.missing", "a") { |file| file.puts(JSON.generate([metadata[:id], metadata[:full_description], tool])) } if tool
  end
end
[[Inspec::Resource, NoteInResource], [RSpec::Core::Example, NoteInExample]].each { |one, note| one.prepend(note) }
ENV["CHEF_LICENSE"] = nil
Inspec::InspecCLI.start(["exec", PROFILE, "--reporter", "json:#{RESULTS}", "--no-create-lockfile", "--chef-license", "accept-no-persist", "--no-backend-cache"], enforce_license: false)
