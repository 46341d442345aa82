# frozen_string_literal: true

require "etc"
require_relative "../honesty"
require_relative "../result"

module SidecarScan
  module Answers
    # What the kernel or the target's process knows: uname, sysctl, environment, mounts.
    class System
      SYSCTL = %w[sysctl /sbin/sysctl /usr/sbin/sysctl].freeze

      # Those that the kernel knows: the same in every container of a node
      FILE_SYSTEMS = "/proc/filesystems"

      def initialize(target)
        @target = target
      end

      def call(words)
        case words
        when %w[env], %w[printenv] then lines(@target.environment)
        when %w[pwd] then lines([@target.told_working_folder])
        when ["cat", FILE_SYSTEMS] then Result.new(File.read(FILE_SYSTEMS))
        when %w[hostname] then Result.new(File.read("/proc/sys/kernel/hostname"))
        when %w[mount] then lines(@target.mounts.lines.map(&:chomp))
        else words.size == 2 && words[0] == "printenv" && !words[1].start_with?("-") ? variable(words[1]) : kernel(words)
        end
      end

      # `mount | grep -- ' on FOLDER '`, InSpec's way to ask for one mount
      def mounted_at(folder)
        found = @target.mounts.at(folder)
        found.empty? ? Result.status(false) : Result.new(found.join)
      end

      private

      def lines(list)
        Result.lines(list)
      end

      def variable(name)
        found = @target.environment.find { |entry| entry.start_with?("#{name}=") }
        found ? Result.new("#{found.delete_prefix("#{name}=")}\n") : Result.status(false)
      end

      def kernel(words)
        return uname(words.drop(1)) if words[0] == "uname"
        return sysctl(words.last) if SYSCTL.include?(words[0]) && [%w[-q -n], %w[-n], %w[-n -q]].include?(words[1...-1])

        nil
      end

      def uname(flags)
        names = { [] => :sysname, %w[-s] => :sysname, %w[-r] => :release, %w[-n] => :nodename, %w[-m] => :machine, %w[-v] => :version }
        names.key?(flags) ? Result.new("#{Etc.uname.fetch(names[flags])}\n") : nil
      end

      # The pod's containers share the kernel and the network; what else is per namespace is the scanner's own here.
      def sysctl(key)
        return nil unless key.match?(%r{\A[\w./-]+\z}) && !key.include?("..")

        path = key.include?("/") ? key : key.tr(".", "/")
        Result.new(File.read("/proc/sys/#{path}"))
      rescue Errno::ENOENT, Errno::EISDIR, Errno::ENOTDIR
        Result.new("", "sysctl: cannot stat /proc/sys/#{path}: No such file or directory\n", 255)
      rescue SystemCallError => e
        Honesty.unavailable!("kernel parameter #{key}: #{e.class.name.split("::").last}")
      end
    end
  end
end
