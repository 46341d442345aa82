# frozen_string_literal: true

require "socket"
require_relative "../syscalls"
require_relative "confinement"
require_relative "family"
require_relative "watch"
require_relative "ways"
require_relative "wire"

module SidecarScan
  module Commands
    # Starts the image's commands, one after another, for a scanner that asks through a socket, and ends all that is left of
    # one before the next. A process of its own, because forking InSpec copies the tables of its hundred megabytes for every
    # command, and shows them to the command. No library but Ruby's own.
    class Entry
      SHELL = "/bin/sh"
      PAUSE_SECONDS = 0.002
      # How long the processes of a command may resist being killed
      END_SECONDS = 20

      # `watched`: the paths that are told of besides the runtime's folders; nil where nobody looks.
      Request = Struct.new(:command, :folder, :variables, :watched) do
        def texts
          [command, folder, watched ? ["", *watched, ""].join("\0") : "", *variables.flatten]
        end

        def self.of(texts)
          watched = texts[2].empty? ? nil : texts[2].split("\0").drop(1)
          new(texts[0], texts[1], texts.drop(3).each_slice(2).to_h, watched)
        end
      end

      # `root`: the descriptor of the target's root.
      def initialize(socket, root)
        @socket = socket
        @root = root
        @number = 0
        @ended, @signal = IO.pipe
        # once, and not in each command's child
        @held = Confinement.held_capabilities
        WatchProgram.bytes
      end

      # Takes requests until the scanner ends.
      def serve
        Confinement.enter_launcher
        Confinement.limit_resources
        File.umask(0o022)
        trap(:CHLD) { @signal.write_nonblock(".", exception: false) }
        nil while serve_one
      rescue SystemCallError
        nil # the scanner is gone
      ensure
        @family&.end_all(Float::INFINITY)
        exit!(0)
      end

      private

      # nil when the scanner has ended
      def serve_one
        case Wire.exactly(@socket, 1)
        when Wire::START then run(Request.of(Wire.receive_texts(@socket) || return))
        when Wire::STOP then Wire.exactly(@socket, 4) # of a command that has ended by itself
        end
      end

      def run(request)
        streams = Array.new(4) { @socket.recv_io }
        @watch = watch(streams.pop, request.watched)
        @number += 1
        pid = fork { enter(request, streams) }
        @family = Family.new(pid)
        streams.each(&:close)
        tell(Wire::STARTED, pid)
        @listener = @watch&.listen
        attend
        @watch&.close
        @family = nil
        true
      end

      # nil where nobody looks
      def watch(report, mounts)
        return report.close if mounts.nil?

        @ways = Ways.new(@root, mounts) unless @ways&.mounts == mounts
        Watch.new(report, @root, @ways)
      end

      # Waits until the command has ended. What it leaves behind may still be printing: the scanner says when that is to end.
      def attend
        told = false
        until @family.reap
          tell(Wire::LEFT, @family.status) if @family.status && !told
          told ||= !@family.status.nil?
          return stop(told) if stop?
        end
        tell(told ? Wire::CLEAN : Wire::ENDED, told ? 0 : @family.status)
      end

      # Waits for a child's end or the scanner's word. True for the latter.
      def stop?
        ready = watched_meanwhile
        @ended.read_nonblock(4096, exception: false) if ready.include?(@ended)
        return false unless ready.include?(@socket)
        raise Errno::EPIPE unless Wire.exactly(@socket, 5) == Wire.stop(@number)

        true
      end

      # Most of what there is to wait for is what the command opens. When the last process has ended, or one was killed in the
      # middle of a call, the listener is readable without anything to take: then the others have their turn first.
      def watched_meanwhile
        all = [@socket, @ended, @listener].compact
        others = [@socket, @ended]
        pause = nil
        loop do
          ready, = IO.select(pause ? others : all, nil, nil, pause)
          pause = ready&.delete(@listener) && !@watch.serve ? PAUSE_SECONDS : nil
          return ready if ready&.any?
        end
      end

      def stop(told)
        unless @family.end_all(END_SECONDS)
          tell(Wire::STUCK, 0)
          raise Errno::EPIPE
        end
        tell(told ? Wire::CLEAN : Wire::ENDED, told ? 0 : @family.status)
      end

      # What was seen is told before the status: with it, the answer is complete.
      def tell(kind, value)
        @watch&.report if [Wire::ENDED, Wire::LEFT].include?(kind)
        @socket.write(Wire.reply(@number, kind, value))
      end

      # In the child: nothing here may return. The scanner's socket goes first.
      def enter(request, streams)
        [@socket, @ended, @signal].each(&:close)
        Process.setsid
        Confinement.offer_to_the_oom_killer
        Confinement.seal_descriptors
        Dir.chdir("/proc/self/fd/#{@root}")
        Dir.chroot(".")
        go_to(request.folder)
        Confinement.drop_rights(@held)
        @watch&.install
        exec(request.variables, [SHELL, "sh"], "-c", request.command,
             unsetenv_others: true, close_others: true, in: streams[0], out: streams[1], err: streams[2])
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
  SidecarScan::Commands::Entry.new(socket, root.fileno).serve
end
