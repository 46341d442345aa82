# frozen_string_literal: true

require "json"

module SidecarScan
  # Counts the controls a profile has, as `inspec json` does (a mock target), so that a report with fewer can be told
  # from a whole one. In a child process: loading a profile changes InSpec's global state.
  module Census
    WAIT_SECONDS = 60

    module_function

    def start(settings)
      return unless settings.profile && settings.census && defined?(Inspec::Profile) && !@child

      @child = fork { count(settings) }
      owner = Process.pid
      at_exit { finish if Process.pid == owner }
    rescue SystemCallError, NotImplementedError
      nil
    end

    def count(settings)
      [$stdout, $stderr].each { |stream| stream.reopen(File::NULL) }
      profiles = profiles_of(settings.profile)
      ids = ids_of(profiles, settings.controls, settings.tags)
      selected = settings.controls.any? || settings.tags.any?
      all = selected ? ids_of(profiles, [], []).size : ids.size
      File.write("#{settings.census}.part", JSON.generate("controls" => ids.size, "ids" => ids, "leftOut" => all - ids.size))
      File.rename("#{settings.census}.part", settings.census)
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
    def ids_of(profiles, controls, tags)
      profiles.flat_map do |path|
        backend = Inspec::Backend.create(Inspec::Config.mock)
        options = { backend: backend, controls: controls.dup, tags: tags.dup }
        Inspec::Profile.for_target(path, options).info[:controls].map { |control| control[:id] }
      end
    end

    def finish
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + WAIT_SECONDS
      until Process.wait(@child, Process::WNOHANG)
        return Process.kill(:KILL, @child) if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

        sleep 0.01
      end
    rescue SystemCallError
      nil
    end
  end
end
