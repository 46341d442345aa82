# frozen_string_literal: true

require_relative "process_entry"

module SidecarScan
  # Which process of the pod is the target? The oldest that carries the scan's marker variable (children inherit it),
  # or whose command line matches a pattern, or the one other container's.
  class Finder
    WAIT_SECONDS = 10
    PAUSE = %r{/pause\z}.freeze

    Candidate = Struct.new(:pid, :namespace, :started, :entry)

    def initialize(settings, wait: WAIT_SECONDS)
      @settings = settings
      @wait = wait
    end

    # The container may still be starting.
    def pid
      deadline = now + @wait
      begin
        look
      rescue Train::TransportError
        raise if now > deadline

        sleep 0.1
        retry
      end
    end

    private

    def look
      @unread = []
      others = foreign
      return oldest(matching(others), "a command line like #{@settings.process_pattern.source}", "target-process") if @settings.process_pattern
      return oldest(marked(others), "SCAN_TARGET in its environment", "target-process") if @settings.nonce

      groups = others.reject { |other| PAUSE.match?(other.entry.executable) }.group_by(&:namespace)
      return oldest(groups.values.first || [], "a mount namespace of its own", "pod-security") if groups.size < 2

      raise Train::TransportError, "proc transport: #{groups.size} other containers; name the target by target-process or proc://PID"
    end

    # Processes outside the scanner's own mount namespace
    def foreign
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
