# frozen_string_literal: true

require_relative "../files/root"

module SidecarScan
  module Commands
    # What a command was seen to do, as Watch tells it. Says why its answer is not the one that a container of the image would
    # give, or nil.
    class Sights
      Sight = Struct.new(:kind, :program, :path)

      # What libraries look at for themselves: the answer does not tell of it, but for programs that print what they read.
      CURIOSITY = %r{
        \A/(?:
          proc/(?:filesystems|meminfo|stat|cpuinfo|version|cmdline|sys/(?:vm/(?:overcommit_memory|max_map_count|nr_hugepages)|
                  kernel/(?:cap_last_cap|ngroups_max|osrelease|ostype|pid_max|random/\S+|seccomp/\S+|threads-max|core_pattern)|
                  crypto/fips_enabled|fs/(?:file-max|nr_open|pipe-max-size)|net/core/somaxconn)|
                  (?:self|thread-self|\d+)(?:/task/\d+)?(?:/(?:fd|maps|exe|status|stat|statm|auxv|limits|cgroup|attr/\S+|loginuid|
                  sessionid|oom_score_adj|coredump_filter|comm|cmdline|task))?)|
          sys/(?:fs/selinux(?:/\S*)?|devices/system/(?:cpu|node)(?:/\S*)?|kernel/mm/\S+|fs/cgroup(?:/\S*)?|kernel/security(?:/\S*)?|module/apparmor\S*)
        )\z
      }x.freeze
      # Of these no output tells: a library's own.
      INWARD = %r{\A/(?:proc/(?:self|thread-self)(?:/(?:maps|fd|exe|auxv|attr/\S+|task|coredump_filter))?|proc/sys/(?:vm/overcommit_memory|kernel/(?:cap_last_cap|ngroups_max)|crypto/fips_enabled)|sys/fs/selinux(?:/\S*)?)\z}.freeze
      # But these print what they are told to read, and no library of theirs asks for the kernel's settings.
      PRINTING = (%w[
        awk base64 busybox cat cmp cut diff egrep fgrep file gawk grep head hexdump less ls mawk more nl od readlink realpath sed stat
        strings tac tail test tr uniq wc xxd
      ] + ["["]).freeze
      # Neither do shells, but for the number of groups.
      SHELLS = %w[ash bash dash ksh sh zsh].freeze
      GROUPS = "/proc/sys/kernel/ngroups_max"
      SETTINGS = %r{\A/proc/sys/}.freeze
      # Programs whose output is what they read there
      TELLING = %w[
        awk base64 bash busybox cat cmp cp cut dash dd diff egrep fgrep file free gawk getconf grep head hexdump htop ksh less
        lscpu lsmem mawk mksh more nl node nproc numactl od perl php ps python ruby sed sh strings sysctl tac tail tee top tr uniq
        uptime vmstat w wc xxd zsh
      ].freeze
      # Of these it is the answer whether something is there.
      ASKING = (TELLING + ["ls", "stat", "test", "[", "realpath", "readlink"]).freeze
      # A container has them, the folder for devices of commands at rest does not.
      STREAMS = %r{\A/dev/(?:stdin|stdout|stderr|fd|shm|mqueue)(?:/|\z)}.freeze
      # SELinux's library looks for its file system like this.
      SELINUX = %w[/proc/filesystems /proc/mounts].freeze
      # They pass by /proc on their way
      SEARCHING = %w[find du chmod chown chgrp grep egrep fgrep rm cp busybox].freeze
      # Servers that test their configuration look up addresses, and answer without them
      SERVERS = %w[sshd nginx apache2 httpd postconf named-checkconf].freeze
      STATFS_OF_LIBRARIES = %r{\A/(?:sys/fs/(?:selinux|cgroup.*)|selinux|proc|sys|dev/shm|dev)\z}.freeze
      # Written by the way; the answer is the same
      SPOILS = %r{/__pycache__(?:/|\z)|\.py[co](?:\.\d+)?\z|/\.\w+_history\z|\A/dev/tty\z}.freeze

      # All that a pipe holds; its other end is closed by then.
      def self.read(pipe)
        lines = pipe.read.to_s.force_encoding(Encoding::UTF_8).scrub.lines.map(&:chomp)
        return nil if lines == [Watch::NOT_SEEN]

        new(lines.map { |line| Sight.new(*line.split("\t", 3)) })
      end

      def initialize(list)
        @list = list
      end

      # They tell what accounts there are; others look up a name by the way.
      ACCOUNTS = (PRINTING + %w[getent groups grpck id perl pwck python]).freeze

      # `root`: where the command ran. `process`: of the target at rest, where it has one and so a /proc, of the scan pod. `mounts`:
      # RuntimeMounts of that root, nil where it has none.
      def reason(root, process, mounts = nil)
        @list.each do |sight|
          text = case sight.kind
                 when "unseen" then "it cannot be seen what `#{sight.program}` reads"
                 when "network" then network(sight)
                 when "statfs" then statfs(sight)
                 when "write" then written(sight, root)
                 when "make" then made(sight, root)
                 else of_others(sight, mounts) || (sight.kind == "stat" ? asked(sight, root, process) : read(sight, root, process))
                 end
          return text if text
        end
        nil
      end

      private

      def network(sight)
        "`#{sight.program}` asks the network, which is the scan pod's" unless SERVERS.include?(name(sight))
      end

      def statfs(sight)
        "`#{sight.program}` asks for the file system of #{sight.path}, which is mounted for the scan" unless STATFS_OF_LIBRARIES.match?(sight.path)
      end

      def written(sight, root)
        return nil if SPOILS.match?(sight.path)
        return device(sight) if sight.path.start_with?("/dev/") && stray?(root, sight.path)
        return nil if writable?(root, sight.path)
        return device(sight) if sight.path.start_with?("/dev/")

        "`#{sight.program}` writes #{sight.path}, which is read-only here"
      end

      # The runtime's files, as far as the answer tells of them. Servers look up names.
      def of_others(sight, mounts)
        return nil if mounts.nil? || sight.path.start_with?("/proc/", "/sys/", "/dev/")
        return copy(sight) if mounts.accounts?(sight.path)

        "`#{sight.program}` reads #{sight.path}, which the runtime mounts; it is not the image's" if mounts.over?(sight.path) && !SERVERS.include?(name(sight))
      end

      def copy(sight)
        tells = (sight.kind == "stat" ? ASKING : ACCOUNTS - ["ls", "stat"]).include?(name(sight))
        tells ? "`#{sight.program}` reads #{sight.path}: podman's copy, with an account added, is mounted over it" : nil
      end

      # A redirection to what is no device here leaves a file, and the output in it.
      def stray?(root, path)
        root.open(path) { |node| node.stat.file? }
      rescue *Root::ABSENT
        true
      end

      # Whether there is such a file: the folders themselves are there.
      def asked(sight, root, process)
        path = sight.path
        return STREAMS.match?(path) ? read_device(sight, root) : nil if path.start_with?("/dev")
        return nil if %w[/proc /sys].include?(path) || inward?(sight) || selinux?(sight)
        return nil if CURIOSITY.match?(path) && !ASKING.include?(name(sight))
        return path.start_with?("/proc/#{process}/") ? nil : pod(sight) if process

        "`#{sight.program}` asks for #{path}, which an image at rest does not have"
      end

      # `mkdir -p` makes what is there
      def made(sight, root)
        root.stat?(sight.path) ? nil : written(sight, root)
      end

      # Whether the kernel would have refused: the nearest folder that there is, or the file itself
      def writable?(root, path)
        root.open(path) { |node| node.stat.chardev? ? opens?(node) : File.writable?(node.handle) }
      rescue *Root::ABSENT
        path == "/" ? false : writable?(root, File.dirname(path))
      end

      def opens?(node)
        File.open(node.handle, File::RDWR | File::NONBLOCK | File::NOCTTY) { true }
      rescue SystemCallError
        false
      end

      def read(sight, root, process)
        return read_device(sight, root) if sight.path.start_with?("/dev")
        return nil if inward?(sight) || (CURIOSITY.match?(sight.path) && !TELLING.include?(name(sight)))
        return nil if selinux?(sight)
        return nil if %w[/proc /sys].include?(sight.path) && SEARCHING.include?(name(sight))
        return nil if process && sight.path == "/proc" && name(sight) != "ls"
        return sight.path.start_with?("/proc/#{process}/") ? nil : pod(sight) if process

        "`#{sight.program}` reads #{sight.path}, which an image at rest does not have"
      end

      # With the /proc of the scan pod: the kernel is the same for all; mounts, processes and network are not.
      def pod(sight)
        case sight.path
        when %r{\A/proc/(?:(?:self|thread-self|\d+)/)?(?:mounts|mountinfo|mountstats)\z} then "`#{sight.program}` reads #{sight.path}: the mounts are the scan pod's"
        when %r{\A/proc/(?:(?:self|thread-self|\d+)/)?net(?:/|\z)}, %r{\A/sys/(?:class/net|devices/virtual/net)(?:/|\z)} then "`#{sight.program}` reads #{sight.path}: the network is the scan pod's"
        when "/proc", %r{\A/proc/\d+(?:/|\z)} then "`#{sight.program}` reads #{sight.path}: the processes are the scan pod's"
        end
      end

      def read_device(sight, root)
        return nil if sight.path == "/dev/tty"
        return nil if sight.path == "/dev" && SEARCHING.include?(name(sight))
        return nil if root.open(sight.path) { |node| node.stat.chardev? ? opens?(node) : !node.stat.directory? && !node.stat.file? }

        device(sight)
      rescue *Root::ABSENT
        device(sight)
      end

      def device(sight)
        "`#{sight.program}` opens #{sight.path}, which an image at rest does not have"
      end

      def inward?(sight)
        return false unless INWARD.match?(sight.path)
        return true unless SETTINGS.match?(sight.path)

        SHELLS.include?(name(sight)) ? sight.path == GROUPS : !PRINTING.include?(name(sight))
      end

      def selinux?(sight)
        SELINUX.include?(sight.path) && !%w[df mount findmnt].include?(sight.program) &&
          @list.any? { |other| other.program == sight.program && other.path == "/sys/fs/selinux" }
      end

      # python3.11 is python
      def name(sight)
        sight.program.sub(/[\d.]+\z/, "")
      end
    end
  end
end
