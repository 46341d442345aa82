# frozen_string_literal: true

require_relative "../honesty"
require_relative "../target/process_entry"
require_relative "../result"
require_relative "launcher"
require_relative "sights"

module SidecarScan
  module Commands
    # Runs a command inside the target's root with the target's own shell, environment and working folder. The image's
    # code gets none of the scanner's environment or open files, no more rights than reading needs, and a time limit. No process
    # of it is left when the answer is given.
    class Chroot
      OUTPUT_LIMIT = 16 << 20
      LINGER_SECONDS = 0.05
      SYS_CHROOT = 18

      class TooLate < StandardError; end
      class TooLong < StandardError; end

      def self.permitted?
        (ProcessEntry.new("self").status("CapEff").to_i(16) >> SYS_CHROOT) & 1 == 1
      end

      # `running`: the target's own program runs, and so its /proc, its network and its files are what a command means.
      def initialize(target, running)
        @target = target
        @running = running
        @launcher = Launcher.new(File.basename(target.command_root.handle).to_i)
        @turn = Mutex.new
      end

      # The kernel, the architecture and the mount options decide whether a shell in the image can really run.
      def works?
        self.class.permitted? && Syscalls.known? && @target.command_root.executable?(Entry::SHELL) && run("exit 42", 10).exit_status == 42
      rescue TooLate, TooLong, SystemCallError
        false
      end

      # Whether what commands do is seen here; not where the target's own program runs, nor on an old kernel.
      def watched?
        @watched
      end

      # `watched`: what it does is to be seen, which takes time. Raises TooLate, TooLong; TargetGone where the process that starts
      # commands was interfered with.
      def run(command, seconds, input = nil, watched: !@running)
        @turn.synchronize { run_alone(command, seconds, input, watched) }
      end

      private

      def run_alone(command, seconds, input, watched)
        child = start(spoken(command), !input.nil?, watched)
        feed(child, input) if input
        result = collect(child, now + seconds)
        @watched = !result.sights.nil? if watched
        result
      ensure
        child && finish(child)
      end

      # A process, and our ends of its pipes
      Child = Struct.new(:process, :out, :err, :input, :report)
      private_constant :Child

      def start(command, with_input, watched)
        request = Entry::Request.new(command, @target.working_folder, variables_of_target, watched ? @target.foreign_mounts&.paths.to_a : nil)
        report, sights = IO.pipe(Encoding::BINARY)
        outgoing, out = IO.pipe(Encoding::BINARY)
        errors, err = IO.pipe(Encoding::BINARY)
        incoming, input = with_input ? IO.pipe(Encoding::BINARY) : [File.open(File::NULL, "r"), nil]
        process = @launcher.start(request, [incoming, out, err, sights])
        Child.new(process, outgoing, errors, input, report)
      ensure
        [out, err, incoming, sights].compact.each(&:close)
      end

      def variables_of_target
        return { "PATH" => @target.search_path.join(":") } unless @target.environment_known?

        @target.environment.map { |entry| entry.split("=", 2) }.select { |pair| pair.size == 2 && !pair[0].empty? }.to_h
      end

      # /proc/self is the command itself, in the scanner's namespaces: what profiles mean by it is the target.
      def spoken(command)
        return command unless @target.pid

        command.gsub(%r{/proc/(?:self|thread-self|1)(?=/(?!fd|exe))}, "/proc/#{@target.pid}")
               .gsub(%r{/proc/mounts(?![\w/])|/etc/mtab(?![\w/])}, "/proc/#{@target.pid}/mounts")
      end

      def feed(child, input)
        Thread.new do
          child.input.write(input)
        rescue Errno::EPIPE, IOError
          nil
        ensure
          child.input.close unless child.input.closed?
        end
      end

      def collect(child, deadline)
        texts = { child.out => String.new(encoding: Encoding::BINARY), child.err => String.new(encoding: Encoding::BINARY) }
        open = texts.keys
        until (ended = child.process.status) && open.empty?
          watched = ended ? open : [*open, child.process.socket]
          ready, = IO.select(watched, nil, nil, ended ? LINGER_SECONDS : [deadline - now, 0].max)
          break if ended && ready.nil? # a child of the command keeps the pipe; its output is not waited for

          raise TooLate if now > deadline

          (open & (ready || [])).each { |pipe| open.delete(pipe) unless read(pipe, texts[pipe]) }
        end
        Result.new(texts[child.out], texts[child.err], child.process.status, Sights.read(child.report))
      end

      def read(pipe, text)
        text << pipe.read_nonblock(65_536)
        raise TooLong if text.bytesize > OUTPUT_LIMIT

        true
      rescue IO::WaitReadable
        true
      rescue EOFError
        false
      end

      def finish(child)
        child.process.end_all
      ensure
        [child.out, child.err, child.input, child.report].compact.each { |pipe| pipe.close unless pipe.closed? }
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
