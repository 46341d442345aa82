# frozen_string_literal: true

require "socket"
require_relative "../syscalls"
require_relative "watch_program"

module SidecarScan
  module Commands
    # Sees which paths a command and all its children open, change or ask about, as far as the root they run in may answer
    # otherwise than a container's: the kernel reports these system calls here before it makes them (seccomp user notification,
    # Linux 5.5). Nothing is changed or refused. A command can hide from it, as it can lie in its output: this keeps honest
    # programs honest that hide a failure behind a pipe, or print nothing.
    class Watch
      NOTIFICATION_BYTES = 80
      NOTIFICATION = "QLLlLQQ6"
      RECEIVE = (3 << 30) | (NOTIFICATION_BYTES << 16) | (0x21 << 8)
      SEND = (3 << 30) | (24 << 16) | (0x21 << 8) | 1
      CONTINUE = [0, 0, 1].pack("qlL").freeze
      PATH_BYTES = 4096
      # Seen paths that are told; a command that does more is not more unanswered. All of them fit into a pipe.
      MOST = 150
      SHOWN_BYTES = 300
      OWN = %r{\A/(?:proc|sys|dev)(?:/|\z)}.freeze
      LINKS = 5
      NOT_SEEN = "unseen"

      # `report`: where the sights are written, a line each: kind, program, path. `root`: the descriptor of the root.
      def initialize(report, root)
        @report = report
        @root = "/proc/self/fd/#{root}"
        @folder = File.readlink(@root).chomp("/")
        @ours, @theirs = UNIXSocket.pair
        @sights = {}
        @own_name = File.read("/proc/self/comm").chomp
        @executed = false
      end

      # In the child, as the last thing before it executes the command.
      def install
        @ours.close
        filter = WatchProgram.bytes
        @theirs.send_io(IO.for_fd(Syscalls.listening_filter(filter)))
      rescue SystemCallError, NotImplementedError
        nil # the kernel cannot: the other end is told by the closed socket
      ensure
        @theirs.close
      end

      # In the parent, once the child is forked: the descriptor that tells of system calls; nil where nothing is seen.
      def listen
        @theirs.close
        @listener = @ours.recv_io
      rescue SocketError, EOFError, SystemCallError
        @report.puts(NOT_SEEN)
        nil
      ensure
        @ours.close
      end

      # Takes one notification; it does not block when the listener is readable.
      def serve
        message = String.new("\0" * NOTIFICATION_BYTES, encoding: Encoding::BINARY)
        Syscalls.control(@listener.fileno, RECEIVE, message)
        id, pid, _flags, number, _architecture, _pointer, *arguments = message.unpack(NOTIFICATION)
        note(pid, WatchProgram.name(number), arguments)
        Syscalls.control(@listener.fileno, SEND, String.new([id].pack("Q") + CONTINUE))
        true
      rescue Errno::ENOENT, Errno::EINTR
        true # the process was killed meanwhile
      rescue SystemCallError
        false
      end

      # Tells what was seen so far; what follows is not part of the answer.
      def report
        return if @report.closed?

        @sights.each_key { |line| @report.write(line) }
        @report.close
      rescue SystemCallError
        nil # nobody waits for it
      end

      def close
        [@report, @listener].compact.each { |io| io.close unless io.closed? }
      end

      private

      def note(pid, name, arguments)
        kind, folder, position = WatchProgram::CALLS.fetch(name)
        return unless executed?(pid)
        return see(pid, "network", "") if kind == :socket && network?(arguments)
        return if kind == :socket || @sights.size >= MOST

        kind = :write if kind == :open && writes?(pid, name, arguments)
        kind = (arguments[position + 1] & WatchProgram::W_OK).zero? ? :stat : :write if kind == :access
        path = path_of(pid, folder && arguments[folder], arguments[position])
        path = followed(path) if %i[open read].include?(kind) || (kind == :stat && !of_link?(name, arguments))
        see(pid, kind, path) if %i[write make statfs].include?(kind) || OWN.match?(path)
      rescue StandardError # whatever the image's program has done to its memory and names
        see(pid, "unseen", "")
      end

      # Before it executes the command, the child is Ruby, and of no interest.
      def executed?(pid)
        @executed ||= program(pid) != @own_name
      end

      def program(pid)
        File.read("/proc/#{pid}/comm").chomp
      end

      def see(pid, kind, path)
        line = [kind, program(pid), path.byteslice(0, SHOWN_BYTES)].join("\t").b.tr("\n", "?")
        @sights["#{line}\n"] = true
      rescue SystemCallError
        nil
      end

      # AF_INET, AF_INET6, AF_PACKET; AF_NETLINK with NETLINK_ROUTE, which tells of devices and addresses
      def network?(arguments)
        [2, 10, 17].include?(arguments[0]) || (arguments[0] == 16 && arguments[2].zero?)
      end

      def writes?(pid, name, arguments)
        flags = case name
                when :open then arguments[1]
                when :openat then arguments[2]
                when :openat2 then memory(pid) { |file| file.pread(8, arguments[2]).unpack1("Q") }
                end
        (flags & WatchProgram::WRITES) != 0
      end

      # What asks about a link itself asks nothing of where it leads.
      def of_link?(name, arguments)
        position = { newfstatat: 3, statx: 2, faccessat2: 3 }[name]
        name == :lstat || (!position.nil? && (arguments[position] & WatchProgram::AT_SYMLINK_NOFOLLOW) != 0)
      end

      # Opened anew each time: an open one stays that of the program before `exec`.
      def memory(pid, &block)
        File.open("/proc/#{pid}/mem", "rb", &block)
      end

      # As the command means it, from its own root
      def path_of(pid, folder, address)
        text = string(pid, address)
        return File.expand_path(text, "/") if text.start_with?("/")

        low = folder && (folder & 0xffffffff)
        link = low.nil? || low == WatchProgram::AT_FDCWD ? "cwd" : "fd/#{low}"
        File.expand_path("./#{text}", "/#{File.readlink("/proc/#{pid}/#{link}").delete_prefix(@folder)}").squeeze("/")
      end

      # Up to the end of a page and then the next: what follows the text may not be mapped.
      def string(pid, address)
        first = PATH_BYTES - (address % PATH_BYTES)
        memory(pid) do |file|
          bytes = file.pread(first, address)
          bytes << file.pread(PATH_BYTES, address + first) unless bytes.include?("\0") || bytes.bytesize < first
          bytes[/\A[^\0]*/n].force_encoding(Encoding::BINARY)
        end
      end

      # /etc/mtab is a link into /proc. Nothing is opened: the link's text is looked at, inside the root.
      def followed(path)
        LINKS.times do
          return path if OWN.match?(path) || !File.symlink?(@root + path)

          path = File.expand_path(File.readlink(@root + path).b, File.dirname(path))
        end
        path
      rescue SystemCallError, ArgumentError
        path
      end
    end
  end
end
