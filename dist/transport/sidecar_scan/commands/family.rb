# frozen_string_literal: true

module SidecarScan
  module Commands
    # A command and every process that comes from it, whatever session, group or parent it has taken: this process is their
    # subreaper, so none of them can leave its descendants.
    class Family
      # Exit status of the command, 128 and the signal's number where one ended it; nil while it runs
      attr_reader :status

      def initialize(pid)
        @pid = pid
      end

      # Collects who has ended. True when nobody is left.
      def reap
        while (ended = Process.wait2(-1, Process::WNOHANG))
          @status = ended[1].exitstatus || (128 + ended[1].termsig) if ended[0] == @pid
        end
        false
      rescue Errno::ECHILD
        true
      end

      # Kills until nobody is left; false where that did not succeed in time. A process that is killed forks no more, so each
      # round leaves only those that were forked behind its back.
      def end_all(seconds)
        deadline = now + seconds
        signal(-@pid) unless @status
        until reap
          return false if now > deadline

          self.class.descendants(Process.pid).each { |pid| signal(pid) }
          sleep 0.001 unless reap
        end
        true
      end

      # Process IDs of everybody below one process
      def self.descendants(ancestor)
        children = Hash.new { |hash, parent| hash[parent] = [] }
        Dir.each_child("/proc") do |name|
          next unless name.match?(/\A\d+\z/)

          stat = File.binread("/proc/#{name}/stat")
          children[stat.byteslice((stat.rindex(")") + 2)..-1).split(" ", 3)[1].to_i] << name.to_i
        rescue SystemCallError
          next # it has ended
        end
        found = children.fetch(ancestor, []).dup
        found.each { |pid| found.concat(children.fetch(pid, [])) }
      end

      private

      def signal(pid)
        Process.kill(:KILL, pid)
      rescue Errno::ESRCH, Errno::EPERM
        nil
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
