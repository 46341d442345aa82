# frozen_string_literal: true

require_relative "../honesty"
require_relative "../process_entry"
require_relative "../result"
require_relative "../syscalls"

module SidecarScan
  module Commands
    # Runs a command inside the target's root with the target's own shell, environment and working folder. The image's
    # code gets none of the scanner's environment or open files, no more rights than reading needs, a time limit, and
    # is killed with its whole process group.
    class Chroot
      OUTPUT_LIMIT = 16 << 20
      SHELL = "/bin/sh"
      DAC_OVERRIDE = 1
      DAC_READ_SEARCH = 2
      SYS_CHROOT = 18
      # Without SYS_CHROOT and SYS_PTRACE the child has fewer rights than the scanner, so the kernel denies it the
      # scanner's /proc/PID/environ and root.
      KEPT = (1 << DAC_OVERRIDE) | (1 << DAC_READ_SEARCH)
      NULL_DESCRIPTOR = 9

      class TooLate < StandardError; end
      class TooLong < StandardError; end

      def self.permitted?
        (ProcessEntry.new("self").status("CapEff").to_i(16) >> SYS_CHROOT) & 1 == 1
      end

      def initialize(target, running)
        @target = target
        @running = running
      end

      # The kernel, the architecture and the mount options decide whether a shell in the image can really run.
      def works?
        self.class.permitted? && @target.root.executable?(SHELL) && run("exit 42", 10).exit_status == 42
      rescue TooLate, SystemCallError
        false
      end

      # Raises TooLate, TooLong.
      def run(command, seconds, input = nil)
        child = start(spoken(command), !input.nil?)
        feed(child, input) if input
        collect(child, now + seconds)
      ensure
        child && finish(child)
      end

      private

      Child = Struct.new(:pid, :out, :err, :input, :status)
      private_constant :Child

      def start(command, with_input)
        folder = @target.working_folder
        held = ProcessEntry.new("self").status("CapPrm").to_i(16)
        variables = variables_of_target
        outgoing, out = IO.pipe(Encoding::BINARY)
        errors, err = IO.pipe(Encoding::BINARY)
        incoming, input = with_input ? IO.pipe(Encoding::BINARY) : [File.open(File::NULL, "r"), nil]
        pid = fork { enter(command, folder, variables, held, [incoming, out, err]) }
        [out, err, incoming].each(&:close)
        Child.new(pid, outgoing, errors, input)
      end

      # In the child: nothing here may return.
      def enter(command, folder, variables, held, streams)
        Process.setsid
        null = File.open(File::NULL, File::RDWR)
        Dir.chdir(@target.root.handle)
        Dir.chroot(".")
        go_to(folder)
        Process.setrlimit(Process::RLIMIT_CORE, 0)
        File.umask(0o022)
        Syscalls.no_new_privileges
        Syscalls.limit_capabilities(KEPT & held)
        exec(variables, [SHELL, "sh"], "-c", command,
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

      def variables_of_target
        return { "PATH" => @target.search_path.join(":") } unless @running

        @target.environment.map { |entry| entry.split("=", 2) }.select { |pair| pair.size == 2 && !pair[0].empty? }.to_h
      end

      # /proc/self is the command itself, in the scanner's namespaces: what profiles mean by it is the target.
      # An image at rest has no /dev/null to redirect to: the child holds one open.
      def spoken(command)
        return command.gsub(%r{([<>]\s*)/dev/null(?=\s|\z|[;|&)'"])}, "\\1&#{NULL_DESCRIPTOR}") unless @running

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
        until open.empty?
          ended = ended?(child)
          ready, = IO.select(open, nil, nil, ended ? 0.05 : [[deadline - now, 0].max, 0.5].min)
          break if ended && ready.nil? # a child of the command keeps the pipe; its output is not waited for

          raise TooLate if now > deadline

          (ready || []).each { |pipe| open.delete(pipe) unless read(pipe, texts[pipe]) }
        end
        wait(child, deadline)
        Result.new(texts[child.out], texts[child.err], child.status.exitstatus || 128 + child.status.termsig.to_i)
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

      def ended?(child)
        child.status ||= Process.wait2(child.pid, Process::WNOHANG)&.last
        !child.status.nil?
      end

      def wait(child, deadline)
        until ended?(child)
          raise TooLate if now > deadline

          sleep 0.002
        end
      end

      def finish(child)
        begin
          Process.kill(:KILL, -child.pid)
        rescue Errno::ESRCH, Errno::EPERM
          nil
        end
        child.status ||= Process.wait2(child.pid).last
        [child.out, child.err, child.input].compact.each { |pipe| pipe.close unless pipe.closed? }
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
