# frozen_string_literal: true

# Loaded by RUBYOPT=-r: turns the transport into the naive one that answers 127 to every command and reads refused
# files as absent. The comparison must fail on it, or it proves nothing.
module NaiveRouter
  def run(command, _seconds = nil)
    detect(command).exit_status.zero? ? detect(command) : SidecarScan::Result.new("", "sh: not found\n", 127)
  end
end

module NaiveFile
  def asked
    yield
  rescue Errno::EACCES, Errno::EPERM
    nil
  end
end

TracePoint.new(:end) do |point|
  if defined?(SidecarScan::Connection) && point.self == SidecarScan::Connection
    SidecarScan::Commands::Router.prepend(NaiveRouter)
    SidecarScan::TargetFile.prepend(NaiveFile)
    point.disable
  end
end.enable
