# frozen_string_literal: true

module SidecarScan
  # What /proc tells of one process, read when asked. Raises Errno::* where the kernel refuses.
  class ProcessEntry
    HZ = 100 # USER_HZ, the unit of /proc/PID/stat on every Linux architecture in use

    attr_reader :pid

    def self.all
      Dir.children("/proc").grep(/\A\d+\z/).map { |name| new(name.to_i) }.sort_by(&:pid)
    end

    def initialize(pid)
      @pid = pid
    end

    def path(name)
      "/proc/#{@pid}/#{name}"
    end

    def mount_namespace
      File.readlink(path("ns/mnt"))
    end

    def executable
      File.readlink(path("exe"))
    rescue SystemCallError
      ""
    end

    def environment
      File.binread(path("environ")).split("\0").map { |entry| entry.force_encoding(Encoding::UTF_8).scrub }
    end

    def command_line
      File.binread(path("cmdline")).split("\0").join(" ").force_encoding(Encoding::UTF_8).scrub
    end

    def command_name
      File.read(path("comm")).chomp
    end

    # Fields of /proc/PID/stat after the name: [0] is the state, [1] the parent, see proc(5).
    def stat_fields
      raw = File.binread(path("stat"))
      raw.byteslice((raw.rindex(")") + 2)..-1).split
    end

    # Ticks since boot; with the PID it names a process for ever. nil when it has ended.
    def started
      fields = stat_fields
      %w[Z X x].include?(fields[0]) ? nil : fields[19].to_i
    rescue SystemCallError
      nil
    end

    # One value of /proc/PID/status as text
    def status(key)
      File.read(path("status"))[/^#{key}:\s*(.*)$/, 1].to_s
    end

    def uids
      status("Uid").split.map(&:to_i)
    end

    def gids
      status("Gid").split.map(&:to_i)
    end
  end
end
