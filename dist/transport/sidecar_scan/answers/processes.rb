# frozen_string_literal: true

require_relative "../honesty"
require_relative "../target/process_entry"
require_relative "../result"

module SidecarScan
  module Answers
    # ps as InSpec asks it: the target container's processes only, not the scanner's or pause's.
    class Processes
      COLUMNS = "label,pid,pcpu,pmem,vsz,rss,tty,stat,start,time,user:32,command"
      BUSYBOX_COLUMNS = "pid,vsz,rss,tty,stat,time,ruser,args"
      PAGE = 4096

      def initialize(target, accounts, settings)
        @target = target
        @accounts = accounts
        @settings = settings
      end

      def call(words)
        return search(words.drop(1)) if words[0] == "pgrep"
        return nil unless words[0] == "ps"
        return help if words == %w[ps --help]

        shapes = { ["wwaxo", COLUMNS] => :full, ["-o", BUSYBOX_COLUMNS] => :busybox, %w[aux] => :aux, %w[-ef] => :forest, %w[ax] => :short }
        shape = shapes[words.drop(1)] or return nil
        rows = running.map { |entry| row(entry, shape) }
        Result.lines([HEADERS.fetch(shape)] + rows.compact)
      end

      private

      HEADERS = {
        full: "LABEL PID %CPU %MEM VSZ RSS TT STAT STARTED TIME USER COMMAND",
        busybox: "PID VSZ RSS TTY STAT TIME RUSER COMMAND",
        aux: "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND",
        forest: "UID PID PPID C STIME TTY TIME CMD",
        short: "PID TTY STAT TIME COMMAND",
      }.freeze
      private_constant :HEADERS

      def running
        return @target.processes unless @target.held?(@settings)

        Honesty.unavailable!("processes: the image's program is held, not running (target-mode: run)")
      end

      # pgrep [-f] [-x] PATTERN: PIDs by name, or by command line
      def search(words)
        pattern = words.last.to_s
        flags = words[0...-1]
        return nil if pattern.empty? || pattern.start_with?("-") || !(flags - %w[-f -x]).empty?

        wanted = Regexp.new(flags.include?("-x") ? "\\A(?:#{pattern})\\z" : pattern)
        found = running.select { |entry| wanted.match?(flags.include?("-f") ? entry.command_line : entry.command_name) }
        Result.new(found.map { |entry| "#{entry.pid}\n" }.join, "", found.empty? ? 1 : 0)
      rescue RegexpError
        nil
      end

      # InSpec asks which ps this is; procps' columns are the richer ones.
      def help
        Result.new("Usage:\n ps [options]\n")
      end

      def row(entry, shape)
        data = facts(entry)
        case shape
        when :full then data.values_at(:label, :pid, :cpu, :memory, :size, :resident, :tty, :state, :start, :time, :user, :command)
        when :busybox then data.values_at(:pid, :size, :resident, :tty, :state, :time, :user, :command)
        when :aux then data.values_at(:user, :pid, :cpu, :memory, :size, :resident, :tty, :state, :start, :time, :command)
        when :forest then data.values_at(:user, :pid, :parent, :nothing, :start, :tty, :time, :command)
        when :short then data.values_at(:pid, :tty, :state, :time, :command)
        end.join(" ")
      rescue Errno::ENOENT, Errno::ESRCH
        nil
      end

      def facts(entry)
        fields = entry.stat_fields
        resident = fields[21].to_i * PAGE
        ticks = fields[11].to_i + fields[12].to_i
        began = fields[19].to_f / ProcessEntry::HZ
        command = entry.command_line
        {
          label: label(entry), pid: entry.pid, parent: fields[1], nothing: 0, tty: "?", state: fields[0],
          cpu: format("%.1f", 100.0 * ticks / ProcessEntry::HZ / [uptime - began, 0.01].max),
          memory: format("%.1f", 100.0 * resident / 1024 / memory_total), size: fields[20].to_i / 1024, resident: resident / 1024,
          start: clock(began), time: duration(ticks / ProcessEntry::HZ), user: user(entry),
          command: command.empty? ? "[#{entry.command_name}]" : command.tr("\n", " ")
        }
      end

      def user(entry)
        uid = entry.uids[1]
        @accounts.user_name(uid) || uid
      end

      def label(entry)
        text = File.read(entry.path("attr/current")).delete("\0").strip
        text.empty? ? "-" : text.split.first
      rescue SystemCallError
        "-"
      end

      def clock(began)
        time = Time.at(boot_time + began)
        Time.now - time < 86_400 ? time.strftime("%H:%M:%S") : time.strftime("%b %d")
      end

      def duration(seconds)
        format("%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
      end

      def boot_time
        @boot_time ||= File.read("/proc/stat")[/^btime (\d+)/, 1].to_i
      end

      def uptime
        File.read("/proc/uptime").to_f
      end

      def memory_total
        @memory_total ||= File.read("/proc/meminfo")[/^MemTotal:\s+(\d+)/, 1].to_f
      end
    end
  end
end
