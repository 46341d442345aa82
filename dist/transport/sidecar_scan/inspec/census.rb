# frozen_string_literal: true

require "json"

module SidecarScan
  # Counts the controls a profile has, as `inspec json` does (a mock target), so that a report with fewer can be told
  # from a whole one. In a child process: loading a profile changes InSpec's global state.
  module Census
    WAIT_SECONDS = 60
    MOST = 10_000
    # The marker travels as one line of a mebibyte at most
    LIST_BYTES = 600_000
    MAX_TEXT = 300

    module_function

    def start(settings)
      return unless settings.profile && settings.census && defined?(Inspec::Profile) && !@child

      @child = fork { count(settings) }
      owner = Process.pid
      at_exit { Process.pid == owner && finish && complete(settings.census) }
    rescue SystemCallError, NotImplementedError
      nil
    end

    def count(settings)
      [$stdout, $stderr].each { |stream| stream.reopen(File::NULL) }
      profiles = profiles_of(settings.profile)
      loaded = infos_of(profiles, settings.controls, settings.tags)
      list = loaded.flat_map { |info| info[:controls] }
      selected = settings.controls.any? || settings.tags.any?
      all = selected ? infos_of(profiles, [], []).sum { |info| info[:controls].size } : list.size
      write(settings.census, "controls" => list.size, "list" => within_bytes(list), "leftOut" => all - list.size,
                             "profiles" => loaded.map { |info| { "name" => text(info[:name]), "controls" => info[:controls].size } })
    rescue StandardError, SystemExit, ScriptError
      nil
    ensure
      exit!(0)
    end

    # The first profile, and the further ones beside it
    def profiles_of(first)
      [first, *Dir.glob("#{first}-[0-9]*")].sort
    end

    # `controls` and `tags` select, as they do for `inspec exec`.
    def infos_of(profiles, controls, tags)
      profiles.map do |path|
        backend = Inspec::Backend.create(Inspec::Config.mock)
        options = { backend: backend, controls: controls.dup, tags: tags.dup }
        Inspec::Profile.for_target(path, options).info
      end
    end

    def within_bytes(list)
      left = LIST_BYTES
      list.first(MOST).map { |control| described(control) }.take_while { |entry| (left -= JSON.generate(entry).bytesize).positive? }
    end

    # What decides the severity of a control, for those that InSpec does not evaluate.
    def described(control)
      tags = (control[:tags] || {}).map { |name, value| [name.to_s, value] }.to_h
      { "id" => control[:id], "title" => text(control[:title]), "impact" => control[:impact],
        "severity" => text(tags["severity"]), "severityoverride" => text(tags["severityoverride"]) }
    end

    def text(value)
      value.is_a?(String) || value.is_a?(Symbol) ? value.to_s.scrub[0, MAX_TEXT] : nil
    end

    def write(file, content)
      File.write("#{file}.part", JSON.generate(content))
      File.rename("#{file}.part", file)
    end

    # Adds what the profile asked outside of controls and was not answered.
    def complete(file)
      questions = defined?(ControlFile) ? ControlFile.questions : []
      return if questions.empty?

      counted = File.size?(file) ? JSON.parse(File.read(file)) : {}
      write(file, counted.merge("unanswered" => questions.map { |one| one.to_s[0, MAX_TEXT] }))
    rescue SystemCallError, JSON::ParserError
      nil
    end

    def finish
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + WAIT_SECONDS
      until Process.wait(@child, Process::WNOHANG)
        return Process.kill(:KILL, @child) if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        sleep 0.01
      end
      true
    rescue SystemCallError
      true
    end
  end
end
