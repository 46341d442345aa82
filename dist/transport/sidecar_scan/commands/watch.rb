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
      # struct seccomp_notif, struct seccomp_notif_resp
      NOTIFICATION = "QLLlLQQ6"
      NOTIFICATION_BYTES = 80
      RECEIVE = (3 << 30) | (NOTIFICATION_BYTES << 16) | (0x21 << 8)
      CONTINUE = [0, 0, 0, 1].pack("QqlL").freeze
      SEND = (3 << 30) | (CONTINUE.bytesize << 16) | (0x21 << 8) | 1
      PAGE_BYTES = 4096
      MOST_PATHS_BYTES = 256
      # Seen paths that are told; a command that does more is not more unanswered. All of them fit into a pipe.
      MOST = 150
      SHOWN_BYTES = 300
      OF_LINKS = %i[lstat readlink readlinkat].freeze
      # Where the flags of calls stand that may ask about a link
      FLAGS_AT = { newfstatat: 3, statx: 2, faccessat2: 3 }.freeze
      ALWAYS = %i[write make statfs].freeze
      NOT_SEEN = "unseen"

      # `report`: where the sights are written, a line each: kind, program, path. `root`: the descriptor of the root, of which `ways` tells.
      def initialize(report, root, ways)
        @report = report
        @ways = ways
        @folder = File.readlink("/proc/self/fd/#{root}").chomp("/")
        @ours, @theirs = UNIXSocket.pair
        @sights = {}
        @own_name = File.read("/proc/self/comm").chomp
        @executed = false
        @message = Syscalls::Memory.new(NOTIFICATION_BYTES)
        @answer = Syscalls::Memory.new(CONTINUE.bytesize)
        @text = Syscalls::Memory.new(PAGE_BYTES)
        @answer.write(CONTINUE)
      end

      # In the child, as the last thing before it executes the command.
      def install
        @ours.close
        @theirs.send_io(IO.for_fd(Syscalls.listening_filter(WatchProgram.bytes)))
      rescue SystemCallError, NotImplementedError
        nil # the kernel cannot: the other end is told by the closed socket
      ensure
        @theirs.close
      end

      # In the parent, once the child is forked: the descriptor that tells of system calls; nil where nothing is seen.
      def listen
        @theirs.close
        @listener = @ours.recv_io
        Syscalls.wake_on_the_same_processor(@listener.fileno)
        @listener
      rescue SocketError, EOFError, SystemCallError
        @report.puts(NOT_SEEN)
        nil
      ensure
        @ours.close
      end

      # Takes one notification; it does not block when the listener is readable. False where there was none to take: the
      # process was killed meanwhile, or none is left.
      def serve
        @message.clear
        Syscalls.control(@listener.fileno, RECEIVE, @message)
        id, pid, _flags, number, _architecture, _pointer, *arguments = @message.unpack(NOTIFICATION)
        note(pid, WatchProgram.name(number), arguments)
        go_on(id)
        true
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
        forget_memory
        [@report, @listener].compact.each { |io| io.close unless io.closed? }
      end

      private

      # Without this word the process waits for ever: a signal to us must not swallow it.
      def go_on(id)
        @answer.write([id].pack("Q"))
        Syscalls.control(@listener.fileno, SEND, @answer)
      rescue Errno::EINTR
        retry
      end

      def note(pid, name, arguments)
        kind, folder, position = WatchProgram::CALLS.fetch(name)
        return forget_memory if kind == :exec
        return unless executed?(pid)
        return see(pid, "network", "") if kind == :socket && network?(arguments)
        return if kind == :socket || @sights.size >= MOST

        kind = :write if kind == :open && writes?(pid, name, arguments)
        kind = (arguments[position + 1] & WatchProgram::W_OK).zero? ? :stat : :write if kind == :access
        path = path_of(pid, folder && arguments[folder], arguments[position])
        path = @ways.resolved(path, follows?(kind, name, arguments))
        see(pid, kind, path) if ALWAYS.include?(kind) || @ways.told?(path)
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
                when :openat2 then peek(pid, 8, arguments[2]) && @text.unpack("Q")[0]
                end
        (flags & WatchProgram::WRITES) != 0
      end

      # What asks about a link itself asks nothing of where it leads.
      def follows?(kind, name, arguments)
        return false if OF_LINKS.include?(name) || !%i[open read stat].include?(kind)

        position = FLAGS_AT[name]
        position.nil? || (arguments[position] & WatchProgram::AT_SYMLINK_NOFOLLOW).zero?
      end

      # The process that was asked last stays open, up to the next `exec`: an open memory stays that of the program before.
      def memory(pid)
        return @memory if @memory_of == pid

        forget_memory
        @memory = IO.sysopen("/proc/#{pid}/mem")
        @memory_of = pid
        @memory
      end

      def forget_memory
        Syscalls.close(@memory) if @memory_of
        @memory_of = nil
      end

      # How many bytes were read; none is a sign that the open memory is that of a program that has ended.
      def peek(pid, bytes, address)
        read = Syscalls.read_at(memory(pid), @text, bytes, address)
        return read if read.positive?

        forget_memory
        Syscalls.read_at(memory(pid), @text, bytes, address)
      end

      # As the command means it, from its own root
      def path_of(pid, folder, address)
        text = string(pid, address)
        return text if text.start_with?("/")

        low = folder && (folder & 0xffffffff)
        link = low.nil? || low == WatchProgram::AT_FDCWD ? "cwd" : "fd/#{low}"
        "/#{File.readlink("/proc/#{pid}/#{link}").delete_prefix(@folder)}/#{text}"
      end

      # As much as most paths need, then more; what follows the page may not be mapped.
      def string(pid, address)
        first = [MOST_PATHS_BYTES, PAGE_BYTES - (address % PAGE_BYTES)].min
        text = @text.text(peek(pid, first, address))
        text.bytesize < first ? text : text << @text.text(peek(pid, PAGE_BYTES, address + first))
      end
    end
  end
end
