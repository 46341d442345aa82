# frozen_string_literal: true

require_relative "process_entry"
require_relative "../inspec/progress"

module SidecarScan
  # Which process of the pod is the target? The oldest that carries the scan's marker variable (children inherit it),
  # or whose command line matches a pattern, or the one other container's.
  class Finder
    # From when the target's container runs until its program has replaced the runtime's own
    STARTING_SECONDS = 10
    # A target that starts immediately needs no message
    TELL_SECONDS = 2
    PAUSE = %r{/pause\z}.freeze
    # Names (comm) that anybody may read
    PAUSE_NAME = "pause"
    HOLD_NAME = "hold"

    Candidate = Struct.new(:pid, :namespace, :started, :entry)

    def initialize(settings, starting: STARTING_SECONDS)
      @settings = settings
      @starting = starting
    end

    # The cluster may still be pulling the target's image, which takes minutes; once its container runs, seconds are enough.
    def pid
      began = now
      deadline = began + @settings.target_wait
      begin
        look
      rescue Train::TransportError
        deadline = [deadline, @begun ||= now + @starting].min if begun?
        raise if now > deadline

        @told ||= Progress.awaiting(@settings) if now - began > TELL_SECONDS
        sleep 0.1
        retry
      end
    end

    private

    def look
      others = foreign
      return oldest(matching(others), "a command line like #{@settings.process_pattern.source}", "target-process") if @settings.process_pattern
      return oldest(marked(others), "SCAN_TARGET in its environment", "target-process") if @settings.nonce

      groups = others.reject { |other| PAUSE.match?(other.entry.executable) }.group_by(&:namespace)
      return oldest(groups.values.first || [], "a mount namespace of its own", "pod-security") if groups.size < 2

      raise Train::TransportError, "proc transport: #{groups.size} other containers; name the target by target-process or proc://PID"
    end

    # Whether a process that may be the target's is there, readable or not
    def begun?
      names = (foreign.map(&:pid) + @unread).map { |pid| name_of(pid) }
      @settings.hold? ? names.include?(HOLD_NAME) : names.any? { |name| name && name != PAUSE_NAME }
    end

    def name_of(pid)
      ProcessEntry.new(pid).command_name
    rescue SystemCallError
      nil
    end

    # Processes outside the scanner's own mount namespace
    def foreign
      @unread = []
      mine = File.readlink("/proc/self/ns/mnt")
      ProcessEntry.all.map { |entry| candidate(entry) }.compact.reject { |other| other.namespace == mine }
    end

    def candidate(entry)
      namespace = entry.mount_namespace
      started = entry.started
      started && Candidate.new(entry.pid, namespace, started, entry)
    rescue Errno::EACCES, Errno::EPERM
      @unread << entry.pid
      nil
    rescue SystemCallError
      nil
    end

    def marked(others)
      wanted = "SCAN_TARGET=#{@settings.nonce}"
      others.select do |other|
        other.entry.environment.include?(wanted)
      rescue Errno::EACCES, Errno::EPERM
        @unread << other.pid
        false
      rescue SystemCallError
        false
      end
    end

    def matching(others)
      others.select do |other|
        @settings.process_pattern.match?(other.entry.command_line)
      rescue SystemCallError
        false
      end
    end

    def oldest(found, what, input)
      first = found.min_by { |other| [other.started, other.pid] }
      return first.pid if first

      raise Train::TransportError, "proc transport: no target process with #{what} among #{ProcessEntry.all.size}; #{hint(input)}"
    end

    def hint(input)
      return "is the target running? (#{input} names it by its command line)" if @unread.empty?

      list = @unread.uniq.map { |pid| "#{pid} (#{describe(pid)})" }.join(", ")
      "not readable: #{list}. pod-security: privileged reads targets of any user; #{input} names the target where the marker cannot be used"
    end

    def describe(pid)
      entry = ProcessEntry.new(pid)
      "#{entry.command_name}, UID #{entry.uids.first}"
    rescue SystemCallError
      "gone"
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
