# frozen_string_literal: true

require_relative "command_text"

module SidecarScan
  module Commands
    # chroot changes the root, not the namespaces or the rights: a command that asks for those would answer about the
    # scanner, or answer nothing, which reads as "absent". Says why a command text is not run, or nil. What a text does not tell
    # is seen when the command runs (Watch); where the kernel cannot do that, the text must do.
    class Guard
      MOUNTS = %w[mount umount findmnt df mountpoint lsblk swapon quota repquota].freeze
      PROCESSES = %w[ps pgrep pkill pidof pstree top htop lsof fuser kill killall ss netstat lsns].freeze
      RIGHTS = %w[
        su sudo runuser doas gosu su-exec setpriv unshare nsenter chroot capsh iptables ip6tables iptables-save ip6tables-save nft ipset
        ebtables dmesg modprobe insmod rmmod hwclock fdisk parted mkfs reboot shutdown
      ].freeze
      # What /etc/audit says is what would be loaded when the image starts as a system of its own
      AUDIT = %w[auditctl].freeze
      REASONS = {
        MOUNTS => "it asks for the target's mounts, which chroot does not enter",
        PROCESSES => "it asks for processes, and would see the whole pod's",
        RIGHTS => "it needs rights the scanner does not have",
        AUDIT => "it asks for the rules that the node's kernel has loaded; those in /etc/audit may be others",
      }.freeze
      # Programs that print nothing, or something else, without /proc, /sys or a network
      NEED_PROC = %w[
        sysctl free uptime lscpu lsmem vmstat iostat w who java node php-fpm lspci lsusb lsmod nproc numactl cpupower dmidecode
      ].freeze
      NEED_NETWORK = %w[ip ifconfig route arp nmcli iw iwconfig ethtool bridge tc curl wget nc ping dig nslookup host].freeze
      BY_OPTION = {
        /\bfind\b[^|;&]*\s-(?:fstype|printf\s+\S*%F)/ => "`find` reads the mounts, which an image at rest does not have",
        /\bstat\b[^|;&]*\s(?:-\w*f|--file-system)\b/ => "`stat` asks for a file system, which is mounted for the scan",
        /(?:\btest\s|\[\s)[^|;&\]]*-w\s/ => "it asks what can be written, which is read-only here",
        /\bhostname\s+-\w*[iIaf]/ => "it asks the network, which is the scan pod's",
        /\b(?:rpm\s+(?:-\w*V|--verify)|mktemp|augenrules|nginx\s+-\w*[tT]|sed\s+(?:-\w*\s+)*-\w*i|tee\s|mkdir\s|touch\s)/ => "it writes, which an image at rest refuses",
      }.freeze
      # netstat -r: the routing table is the pod's, in the /proc of a target that runs
      ROUTES = /(?!\s+-\w*r)/.freeze
      RUNTIME_PATHS = %r{(?:\A|[\s'"=<>(])/(?:proc|sys|dev)(?=/|\s|\z)(?!/(?:null|zero|full|u?random)\b)}.freeze
      # `find … -path /proc -prune`: left out
      LEFT_OUT = %r{-i?(?:path|wholename)\s+["'\\]*/(?:proc|sys|dev)\S*}.freeze
      # What a file system is asked without opening anything; a library asks the same of /proc/self/exe.
      UNSEEN = %r{(?:\b(?:test|stat|ls|file|readlink|realpath)|\[)(?=\s)[^|;&\n]*?["'\s]/(?:proc|sys|dev)(?=/|\s|["']|\z)(?!/(?:null|zero|full|u?random)\b)}.freeze

      # `running`: whether the target has a process, and so a /proc. `at_rest`: its own program does not run. The block tells
      # whether the image has a program: one that needs rights but is not there may be asked for, "not found" is true. `mounts`:
      # RuntimeMounts of the root that commands run in, nil where it has none.
      def initialize(running, at_rest = !running, mounts = nil, &present)
        @running = running
        @mounts = mounts
        @at_rest = at_rest
        @present = present
      end

      # `watched`: what the command opens will be seen.
      def refusal(command, watched = true)
        text = CommandText.new(command)
        REASONS.each do |names, reason|
          found = text.program(names, @running && names == PROCESSES ? ROUTES.source : nil)
          return "`#{found}`: #{reason}" if found && (![RIGHTS, AUDIT].include?(names) || @present.call(found))
        end
        return nil unless @at_rest

        runtime_paths(text, watched) || (watched ? nil : unseen(text))
      end

      private

      # A mounted image has no folders that the runtime fills.
      def runtime_paths(text, watched)
        return nil if @running

        pattern = watched ? UNSEEN : RUNTIME_PATHS
        found = text.texts.any? { |shell| pattern.match?(shell.gsub(LEFT_OUT, "")) }
        found ? "no /proc, /sys or /dev without a process (target-mode: run)" : nil
      end

      # By its text alone
      def unseen(text)
        needs = @running ? {} : { NEED_PROC => "it reads /proc, which an image at rest does not have" }
        needs.merge(NEED_NETWORK => "it asks the network, which is the scan pod's").each do |names, reason|
          found = text.program(names)
          return "`#{found}`: #{reason}" if found && @present.call(found)
        end
        BY_OPTION.each { |pattern, reason| return reason if text.texts.any? { |shell| pattern.match?(shell) } }
        named = @mounts&.paths.to_a.find { |path| text.command.b.include?(path) }
        named && "it names #{named}, which the runtime mounts; it is not the image's"
      end
    end
  end
end
