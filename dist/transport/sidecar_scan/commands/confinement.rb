# frozen_string_literal: true

require "etc"
require_relative "../syscalls"
require_relative "filter"

module SidecarScan
  module Commands
    # What keeps commands of an image away from every other process. The process that starts commands takes most of it upon
    # itself, once; they inherit it.
    module Confinement
      DAC_OVERRIDE = 1
      # Less than the scanner has (SYS_CHROOT), and less than the program that holds a target at rest: the kernel then denies
      # the image's commands their memory, environment, descriptors and root. No DAC_READ_SEARCH: with it, open_by_handle_at
      # opens files outside of the root; DAC_OVERRIDE reads as much inside.
      KEPT = 1 << DAC_OVERRIDE
      # Of one file; what the answer prints goes through a pipe.
      FILE_BYTES = 64 << 20
      ANCESTORS = 16

      module_function

      # This process takes in every orphan among its descendants, and nobody without CAP_SYS_PTRACE looks into it, or into
      # what it forks, until that executes a program of the image.
      def enter_launcher
        Syscalls.become_subreaper
        Syscalls.hide_from_ptrace
        Syscalls.no_new_privileges
        # both are more than the rest needs: not every kernel and runtime has them
        optional { Syscalls.filter(Filter.new(Etc.uname[:machine], protected_processes).bytes) }
        optional { Syscalls.scope_signals }
      end

      # In the forked child, before it is in the image's root: 0, 1 and 2 are all that stays open at `exec`.
      def seal_descriptors
        Syscalls.close_on_exec_from(3)
      rescue SystemCallError
        Dir.children("/proc/self/fd").map(&:to_i).each do |number|
          IO.for_fd(number, autoclose: false).close_on_exec = true if number > 2
        rescue SystemCallError, ArgumentError
          next # the one the folder was read through
        end
      end

      # Memory that runs out ends the command rather than the scanner.
      def offer_to_the_oom_killer
        File.write("/proc/self/oom_score_adj", "1000")
      rescue SystemCallError
        nil
      end

      def limit_resources
        limit(Process::RLIMIT_CORE, 0)
        limit(Process::RLIMIT_FSIZE, FILE_BYTES)
        limit(Process::RLIMIT_MSGQUEUE, 0) if Process.const_defined?(:RLIMIT_MSGQUEUE)
      end

      def drop_rights(held)
        Syscalls.limit_capabilities(KEPT & held)
      end

      def held_capabilities
        File.read("/proc/self/status")[/^CapPrm:\s*(\h+)/, 1].to_i(16)
      end

      # This process and those above it, their threads and groups. Not others: a number that is given to a process of the image later
      # must stay in reach of what ends it.
      def protected_processes
        chain = [Process.pid]
        ANCESTORS.times do
          stat = File.binread("/proc/#{chain.last}/stat")
          parent = stat.byteslice((stat.rindex(")") + 2)..-1).split(" ", 3)[1].to_i
          break if parent < 1

          chain << parent
        end
        threads = chain.flat_map { |pid| Dir.children("/proc/#{pid}/task").map(&:to_i) }
        chain | threads | chain.map { |pid| Process.getpgid(pid) }.select(&:positive?)
      rescue SystemCallError
        chain
      end

      def limit(resource, value)
        Process.setrlimit(resource, [value, Process.getrlimit(resource)[1]].min)
      end

      def optional
        yield
      rescue SystemCallError
        nil
      end
    end
  end
end
