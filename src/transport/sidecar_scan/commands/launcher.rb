# frozen_string_literal: true

require "io/wait"
require "rbconfig"
require_relative "entry"

module SidecarScan
  module Commands
    # The scanner's side of Entry: one process that starts the image's commands, itself started when the first comes.
    class Launcher
      SCRIPT = File.expand_path("entry.rb", __dir__)
      # What Ruby itself may need to start; nothing of the scan.
      KEPT_VARIABLES = %w[PATH LANG LD_LIBRARY_PATH].freeze

      # A command that was started.
      class Child
        attr_reader :pid

        def initialize(pid, socket)
          @pid = pid
          @socket = socket
        end

        # Exit status, 128 and the signal's number where one killed it; nil while it runs. EPIPE where nobody can say.
        def status
          return @status if @status || !@socket.wait_readable(0)

          await
        end

        def await
          @status ||= Entry.receive(@socket) or raise Errno::EPIPE, "the process that starts commands has ended"
        end
      end

      # `root`: the descriptor of the target's root, held open.
      def initialize(root)
        @root = root
      end

      # `streams`: what it reads, what it writes, and where its errors go.
      def start(request, streams)
        socket = connection
        Entry.deliver(socket, request)
        streams.each { |stream| socket.send_io(stream) }
        pid = Entry.receive(socket) or raise Errno::EPIPE, "the process that starts commands has ended"
        Child.new(pid, socket)
      rescue Errno::EPIPE
        @socket = nil
        raise
      end

      private

      def connection
        @socket ||= begin
          ours, theirs = UNIXSocket.pair
          Process.detach(serve(theirs))
          theirs.close
          ours
        end
      end

      def serve(socket)
        variables = ENV.to_h.slice(*KEPT_VARIABLES)
        Process.spawn(variables, RbConfig.ruby, "--disable-gems", SCRIPT, socket.fileno.to_s, @root.to_s,
                      unsetenv_others: true, socket.fileno => socket.fileno, @root => @root, in: File::NULL, out: :err)
      rescue SystemCallError
        fork { Entry.serve(socket, @root) } # a Ruby that cannot be started by its own path: slower, and the same
      end
    end
  end
end
