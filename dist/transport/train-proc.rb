# frozen_string_literal: true

# Train finds this file by the scheme of `inspec exec -t proc://…`: a running container, seen through /proc/PID/root.
require_relative "sidecar_scan/transport"

module SidecarScan
  # `proc://auto`, `proc://PID`
  class ProcTransport < Train.plugin(1)
    name "proc"
    option :host, default: "auto"
    option :path, default: nil

    def connection(_state = nil)
      @connection ||= Connection.new(@options, Settings.from_env(ENV)) do |settings|
        spec = @options[:host].to_s
        pid = spec =~ /\A\d+\z/ ? Integer(spec, 10) : Finder.new(settings).pid
        settings.hold? ? HeldTarget.new(pid, settings) : RunningTarget.new(pid, user_set_by: settings.user_set_by)
      end
    end
  end
end
