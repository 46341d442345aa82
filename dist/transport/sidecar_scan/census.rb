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

      @child = fork { count(settings.profile, settings.census) }
      owner = Process.pid
      at_exit { finish if Process.pid == owner }
    rescue SystemCallError, NotImplementedError
      nil
    end

    def count(profile, file)
      [$stdout, $stderr].each { |stream| stream.reopen(File::NULL) }
      ids = ids_of(profile)
      File.write("#{file}.part", JSON.generate("controls" => ids.size, "ids" => ids))
      File.rename("#{file}.part", file)
    rescue StandardError, SystemExit, ScriptError
      nil
    ensure
      exit!(0)
    end

    def ids_of(path)
      backend = Inspec::Backend.create(Inspec::Config.mock)
      Inspec::Profile.for_target(path, backend: backend).info[:controls].map { |control| control[:id] }
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
