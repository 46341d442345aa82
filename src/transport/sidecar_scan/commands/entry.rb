# frozen_string_literal: true

require "socket"
require_relative "../syscalls"

module SidecarScan
  module Commands
    # Starts the image's commands, one after another, for a scanner that asks through a socket. A process of its own,
    # because forking InSpec copies the tables of its hundred megabytes for every command. No library but Ruby's own.
    module Entry
      SHELL = "/bin/sh"
      DAC_OVERRIDE = 1
      DAC_READ_SEARCH = 2
      # Without SYS_CHROOT and SYS_PTRACE the child has fewer rights than the scanner, so the kernel denies it the
      # scanner's /proc/PID/environ and root.
      KEPT = (1 << DAC_OVERRIDE) | (1 << DAC_READ_SEARCH)
      NULL_DESCRIPTOR = 9

      Request = Struct.new(:command, :folder, :variables)

      module_function

      # Takes requests until the scanner ends. `root`: the descriptor of the target's root.
      def serve(socket, root)
        while (request = receive(socket))
          streams = Array.new(3) { socket.recv_io }
          pid = fork { enter(request, root, streams) }
          streams.each(&:close)
          deliver(socket, pid)
          status = Process.wait2(pid).last
          deliver(socket, status.exitstatus || (128 + status.termsig))
        end
      rescue SystemCallError
        nil # the scanner is gone
      ensure
        exit!(0)
      end

      def deliver(socket, message)
        bytes = Marshal.dump(message)
        socket.write([bytes.bytesize].pack("Q") + bytes)
      end

      # nil where the other side has ended. Unbuffered: descriptors come between messages.
      def receive(socket)
        size = exactly(socket, 8) or return nil
        bytes = exactly(socket, size.unpack1("Q"))
        bytes && Marshal.load(bytes)
      end

      def exactly(socket, size)
        bytes = String.new(encoding: Encoding::BINARY)
        while bytes.bytesize < size
          part = socket.recv(size - bytes.bytesize)
          return nil if part.nil? || part.empty?

          bytes << part
        end
        bytes
      end

      # In the child: nothing here may return.
      def enter(request, root, streams)
        Process.setsid
        null = File.open(File::NULL, File::RDWR)
        held = File.read("/proc/self/status")[/^CapPrm:\s*(\h+)/, 1].to_i(16)
        Dir.chdir("/proc/self/fd/#{root}")
        Dir.chroot(".")
        go_to(request.folder)
        Process.setrlimit(Process::RLIMIT_CORE, 0)
        File.umask(0o022)
        Syscalls.no_new_privileges
        Syscalls.limit_capabilities(KEPT & held)
        exec(request.variables, [SHELL, "sh"], "-c", request.command,
             unsetenv_others: true, close_others: true, in: streams[0], out: streams[1], err: streams[2], NULL_DESCRIPTOR => null)
      rescue SystemCallError, NotImplementedError => e
        streams[2].write("sidecar-scan: #{e.message}\n")
      ensure
        exit!(126)
      end

      def go_to(folder)
        Dir.chdir(folder)
      rescue SystemCallError
        Dir.chdir("/")
      end
    end
  end
end

if $PROGRAM_NAME == __FILE__
  socket = UNIXSocket.for_fd(Integer(ARGV[0]))
  root = IO.for_fd(Integer(ARGV[1]), autoclose: false)
  # handed over open, and no further
  [socket, root].each { |io| io.close_on_exec = true }
  SidecarScan::Commands::Entry.serve(socket, root.fileno)
end
