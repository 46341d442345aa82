# frozen_string_literal: true

module SidecarScan
  module Commands
    # chroot changes the root, not the namespaces or the rights: a command that asks for those would answer about the
    # scanner, or answer nothing, which reads as "absent". Says why a command text is not run, or nil.
    class Guard
      MOUNTS = %w[mount umount findmnt df mountpoint lsblk swapon quota repquota].freeze
      PROCESSES = %w[ps pgrep pkill pidof pstree top htop lsof fuser kill killall ss netstat lsns].freeze
      RIGHTS = %w[
        su sudo runuser doas gosu su-exec setpriv unshare nsenter chroot capsh iptables ip6tables iptables-save ip6tables-save nft ipset
        ebtables auditctl dmesg modprobe insmod rmmod hwclock fdisk parted mkfs reboot shutdown
      ].freeze
      REASONS = {
        MOUNTS => "it asks for the target's mounts, which chroot does not enter",
        PROCESSES => "it asks for processes, and would see the whole pod's",
        RIGHTS => "it needs rights the scanner does not have",
      }.freeze
      # Where a shell takes the next word as a command
      BEFORE = /(?:\A|[|;&(){}`\n!]|\$\(|\b(?:do|then|else|elif|if|while|until|time|exec|nohup|command|eval|busybox|timeout\s+\S+)\s|\benv\s(?:\s*\w+=\S*)*|\bxargs\b[^|;&]*\s|-exec(?:dir)?\s|\s-c\s*["']?)/.freeze
      AFTER = /(?=\z|[\s;|&)<>'"`}])/.freeze
      # netstat -r: the routing table is the pod's, in the /proc of a target that runs
      ROUTES = /\s+-\w*r/.freeze
      VARIABLE = /(?<!\\)\$\{?([A-Za-z_]\w*)/.freeze
      SHELL_VARIABLES = %w[PWD OLDPWD IFS PPID OPTIND].freeze
      RUNTIME_PATHS = %r{(?:\A|[\s'"=<>(])/(?:proc|sys|dev)(?=/|\s|\z)(?!/null)}.freeze

      # `running`: whether the target has a process, and so a /proc. The block tells whether the image has a program: one that
      # needs rights but is not there may be asked for, "not found" is true.
      def initialize(running, &present)
        @running = running
        @present = present
        routes = running ? "(?!#{ROUTES.source})" : ""
        @patterns = REASONS.map do |names, reason|
          [%r{#{BEFORE.source}\s*(?:\w+=\S*\s+)*(?:/\S*/)?(#{names.map { |name| Regexp.escape(name) }.join("|")})#{AFTER.source}#{routes}}, reason]
        end
      end

      def refusal(command)
        texts = [command, command.gsub(/\\(.)/m, '\1')]
        @patterns.each do |pattern, reason|
          texts.each do |text|
            found = text[pattern, 1]
            return "`#{found}`: #{reason}" if found && (!RIGHTS.include?(found) || @present.call(found))
          end
        end
        @running ? nil : at_rest(command)
      end

      private

      # A mounted image has neither the folders that the runtime fills nor an environment.
      def at_rest(command)
        return "no /proc, /sys or /dev without a process (target-mode: run)" if RUNTIME_PATHS.match?(command)

        name = unset_variable(command)
        name && "`$#{name}`: the environment of the target (no process: target-mode: run)"
      end

      # The first variable that the command reads and neither sets itself nor has from its shell. What stands in single
      # quotes is another program's ($NF of awk), unless a shell is given it.
      def unset_variable(command)
        text = command.gsub(/(-c\s*)?'[^']*'/) { |quoted| Regexp.last_match(1) ? quoted : "''" }
        text.scan(VARIABLE).flatten.find do |name|
          !SHELL_VARIABLES.include?(name) && !text.match?(/\b#{name}=|\bfor\s+#{name}\b|\bread\b[^;|&]*\b#{name}\b/)
        end
      end
    end
  end
end
