# frozen_string_literal: true

require "json"
require "open3"

# Runs the profile as the scan pod does and tells one SAF status per control.
module Scanner
  REPO = File.expand_path("../..", __dir__)
  PROFILE = "#{REPO}/profiles/container-baseline"
  VERSION = "5.22.95"
  GEMS = "#{ENV.fetch("XDG_CACHE_HOME", "#{Dir.home}/.cache")}/sidecar-scan/gems/#{VERSION}"
  INSPEC = "#{GEMS}/bin/inspec"
  ENVIRONMENT = { "GEM_HOME" => GEMS, "GEM_PATH" => nil, "RUBYLIB" => ENV.fetch("TRANSPORT", "#{REPO}/src/transport"), "CHEF_LICENSE" => "accept-no-persist", "LANG" => "C.UTF-8" }.freeze

  Scan = Struct.new(:controls) do
    def status(id) = statuses.fetch(id)
    def statuses = @statuses ||= controls.to_h { |control| [control["id"], Scanner.status(control)] }
    def text(id) = controls.find { |control| control["id"] == id }["results"].map { |r| r.values_at("message", "skip_message").compact.join }.join
  end

  module_function

  def install
    File.open("#{REPO}/package.json") do |lock| # shared with the other suites that install it
      lock.flock(File::LOCK_EX)
      return if File.executable?(INSPEC)

      puts "Installing inspec-core-bin #{VERSION} into #{GEMS} …"
      system({ "GEM_HOME" => GEMS }, "gem", "install", "--silent", "--no-document", "inspec-core-bin", "-v", VERSION, exception: true)
    end
  end

  def exec(target, *options, wrapper: [], input: {}, env: {})
    inputs = input.empty? ? [] : ["--input", *input.map { |name, value| "#{name}=#{value}" }]
    command = [*wrapper, INSPEC, "exec", PROFILE, "-t", target, "--no-create-lockfile", "--reporter", "json", *options, *inputs]
    out, err, = Open3.capture3(ENVIRONMENT.merge(env), *command)
    json = out.lines.find { |line| line.start_with?("{") } or raise "no results for #{target}:\n#{err}#{out}"
    Scan.new(JSON.parse(json).dig("profiles", 0, "controls"))
  end

  def json
    out, err, status = Open3.capture3(ENVIRONMENT, INSPEC, "json", PROFILE)
    raise err unless status.success?

    JSON.parse(out[out.index("{")..])
  end

  # As SAF counts: a defect, then impact 0, then a failure, a pass, a skip.
  def status(control)
    results = control["results"].map { |result| result["status"] }
    return "error" if results.empty? || control["results"].any? { |result| result["backtrace"] || result["code_desc"].start_with?("Control Source Code Error") }
    return "no_impact" if control["impact"].zero?

    %w[failed passed skipped].find { |status| results.include?(status) }
  end
end
