# frozen_string_literal: true

require "io/wait"
require "rbconfig"
require_relative "../honesty"
require_relative "entry"

module SidecarScan
  module Commands
    # The scanner's side of Entry: one process that starts the image's commands, itself started when the first comes.
    #
    # Whoever stops or ends that process, or speaks in its place, ends the scan: an image may have done it to escape an answer.
    class Launcher
      SCRIPT = File.expand_path("entry.rb", __dir__)
      # What Ruby itself may need to start; nothing of the scan.
      KEPT_VARIABLES = %w[PATH LANG LD_LIBRARY_PATH].freeze
      # /proc/self/exe: a Ruby that was moved is still itself
      RUBIES = [RbConfig.ruby, "/proc/self/exe"].freeze
      # Far more than it takes, on the busiest machine
      ANSWER_SECONDS = 60

      # A command that was started.
      class Child
        attr_reader :pid, :socket

        def initialize(launcher, number, socket)
          @launcher = launcher
          @number = number
          @socket = socket
          @clean = false
          _, @pid = @launcher.reply(@number, [Wire::STARTED])
        end

        # Exit status, 128 and the signal's number where one ended it; nil while it runs.
        def status
          note(*@launcher.reply(@number, [Wire::ENDED, Wire::LEFT])) if @status.nil? && @launcher.reply?
          @status
        end

        # Returns when no process of the command is left.
        def end_all
          return if @clean

          @launcher.stop(@number)
          note(*@launcher.reply(@number, @status ? [Wire::CLEAN] : [Wire::ENDED, Wire::LEFT])) until @clean
        end

        private

        def note(kind, value)
          @status = value unless kind == Wire::CLEAN
          @clean = kind != Wire::LEFT
        end
      end

      # `root`: the descriptor of the target's root, held open.
      def initialize(root, patience: ANSWER_SECONDS)
        @root = root
        @patience = patience
        @number = 0
        @received = String.new(encoding: Encoding::BINARY)
      end

      # `streams`: what it reads, what it writes, and where its errors go.
      def start(request, streams)
        broken!(@broken) if @broken
        @socket ||= connection
        @broken = "was interrupted" # unless what follows goes through
        send_whole(Wire.start(request.texts))
        streams.each { |stream| @socket.send_io(stream) }
        child = Child.new(self, @number += 1, @socket)
        @broken = nil
        child
      rescue SystemCallError => e
        broken!("cannot be reached (#{e.message})")
      end

      # Whether something was said
      def reply?
        @received.bytesize >= Wire::REPLY_BYTES || !@socket.wait_readable(0).nil?
      end

      # Kind and value of the next reply, which must be of this command and one of these kinds.
      def reply(number, kinds)
        receive(Process.clock_gettime(Process::CLOCK_MONOTONIC) + @patience) until @received.bytesize >= Wire::REPLY_BYTES
        told, kind, value = @received.slice!(0, Wire::REPLY_BYTES).unpack(Wire::REPLY)
        broken!("cannot end the processes that a command of the image has left") if kind == Wire::STUCK
        broken!("said what nobody asked for") unless told == number && kinds.include?(kind)

        [kind, value]
      end

      def stop(number)
        send_whole(Wire.stop(number))
      rescue SystemCallError => e
        broken!("cannot be reached (#{e.message})")
      end

      private

      def receive(deadline)
        left = deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)
        broken!("does not answer") if left.negative? || @socket.wait_readable(left).nil?

        part = @socket.recv(Wire::REPLY_BYTES - @received.bytesize)
        broken!("has ended") if part.nil? || part.empty?

        @received << part
      rescue SystemCallError => e
        broken!("cannot be reached (#{e.message})")
      end

      # A process that was stopped reads nothing.
      def send_whole(bytes)
        loop do
          sent = @socket.write_nonblock(bytes, exception: false)
          return if sent == bytes.bytesize

          if sent == :wait_writable
            broken!("does not answer") if @socket.wait_writable(@patience).nil?
          else
            bytes = bytes.byteslice(sent..-1)
          end
        end
      end

      # Ends the scan, and every later attempt to go on with it.
      def broken!(what)
        @broken = what
        message = "the process that starts the image's commands #{what}; the scan's results prove nothing"
        warn message
        raise TargetGone, message
      end

      def connection
        ours, theirs = UNIXSocket.pair
        serve(theirs) # not detached: that would be a thread, out of the filter's protection
        theirs.close
        ours
      end

      # Never by a fork of InSpec: its memory would be the child's.
      def serve(socket)
        variables = ENV.to_h.slice(*KEPT_VARIABLES)
        RUBIES.each_with_index do |ruby, index|
          return Process.spawn(variables, ruby, "--disable-gems", SCRIPT, socket.fileno.to_s, @root.to_s,
                               unsetenv_others: true, close_others: true, socket.fileno => socket.fileno, @root => @root,
                               in: File::NULL, out: :err)
        rescue SystemCallError => e
          broken!("cannot be started (#{e.message})") if index == RUBIES.size - 1
        end
      end
    end
  end
end
