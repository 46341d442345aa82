# frozen_string_literal: true

require "socket"
require_relative "../helper"

# Commands of an image that fight back. What they do here they do to themselves; what would hit other processes is tried in pods
# (test/security/hostile.test.ts).
class HostileCommandsTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }
  SOURCE = File.expand_path("../../bed/src/hostile.c", __dir__)
  Confinement = SidecarScan::Commands::Confinement
  Launcher = SidecarScan::Commands::Launcher
  Family = SidecarScan::Commands::Family

  def self.program
    @program ||= File.join(Dir.mktmpdir("hostile-"), "hostile").tap do |path|
      system("gcc", "-Os", "-static", "-s", "-o", path, SOURCE, exception: true)
    end
  end

  def setup
    super
    @root = image { folder("tmp") }
    FileUtils.mkdir_p("#{@root}/bin")
    FileUtils.cp(BUSYBOX, "#{@root}/bin/busybox")
    FileUtils.cp(self.class.program, "#{@root}/bin/hostile")
    %w[sh sleep setsid nohup cat true kill].each { |name| FileUtils.ln_s("busybox", "#{@root}/bin/#{name}") }
    @shell = SidecarScan::Commands::Chroot.new(SidecarScan::RestingTarget.new(@root), false)
  end

  def run_in_target(command, seconds = 30)
    @shell.run(command, seconds)
  end

  # Everybody below this process but those that start commands; the image has no Ruby. One of those may be ending: its test is over.
  def left
    ruby = File.realpath("/proc/self/exe")
    Family.descendants(Process.pid).select do |pid|
      running?(pid) && File.readlink("/proc/#{pid}/exe") != ruby
    rescue Errno::ENOENT
      false
    end
  end

  def starters
    Family.descendants(Process.pid).select do |pid|
      File.binread("/proc/#{pid}/cmdline").include?("commands/entry.rb") && File.read("/proc/#{pid}/stat").split(") ")[1].split[1].to_i == Process.pid
    rescue SystemCallError
      false
    end
  end

  def assert_nothing_left
    assert_empty(left.map { |pid| File.read("/proc/#{pid}/status")[/Name:\s*(\S+)/, 1] })
    assert_equal("0\n", run_in_target("hostile count").stdout)
  end

  def test_no_process_of_a_command_is_alive_when_its_answer_is_given
    assert_equal("lingering\n", run_in_target("hostile linger").stdout)
    assert_nothing_left
    assert_raises(SidecarScan::Commands::Chroot::TooLate) { run_in_target("hostile linger; sleep 975", 2) }
    assert_nothing_left
  end

  def test_processes_that_fork_as_fast_as_they_can
    assert_equal("40\n", run_in_target("hostile bomb 40").stdout)
    assert_nothing_left
    assert_raises(SidecarScan::Commands::Chroot::TooLate) { run_in_target("hostile bomb 40; sleep 974", 1) }
    assert_nothing_left
  end

  def test_nothing_of_a_command_is_alive_when_the_scanner_was_killed
    scanner = fork do
      $stderr.reopen(File::NULL)
      @shell.run("hostile linger; sleep 972", 60)
    end
    sleep 0.05 until Family.descendants(scanner).size >= 3
    seen = Family.descendants(scanner)
    Process.kill(:KILL, scanner)
    Process.wait(scanner)
    200.times { seen.any? { |pid| running?(pid) } ? sleep(0.05) : break }
    assert_empty(seen.select { |pid| running?(pid) })
  end

  def running?(pid)
    !File.read("/proc/#{pid}/stat").match?(/\) [ZX] /)
  rescue SystemCallError
    false
  end

  def test_no_descriptor_is_handed_on
    held = Array.new(3) { File.open(__FILE__).tap { |file| file.close_on_exec = false } }
    expected = SidecarScan::Commands::Entry.const_defined?(:NULL_DESCRIPTOR) ? 1 : 0
    assert_equal("#{expected}\n", run_in_target("hostile descriptors").stdout)
  ensure
    held&.each(&:close)
  end

  def test_a_file_has_a_limit
    assert_equal("#{Confinement::FILE_BYTES >> 20}\n", run_in_target("hostile fill /tmp/much").stdout)
  end

  def test_a_flood_is_cut_and_the_next_command_is_answered
    assert_raises(SidecarScan::Commands::Chroot::TooLong) { run_in_target("hostile flood") }
    assert_nothing_left
  end

  # What the scanner's rights are at baseline: without CAP_SYS_PTRACE, who is not dumpable cannot be looked into.
  def test_nobody_looks_into_the_process_that_starts_commands
    answer = in_a_process do
      SidecarScan::Syscalls.limit_capabilities((1 << 1) | (1 << SidecarScan::Commands::Chroot::SYS_CHROOT))
      @shell.run("true", 30)
      starter = starters.first
      %w[environ mem fd/0].map do |name|
        File.open("/proc/#{starter}/#{name}", &:getc)
        "#{name} is open"
      rescue SystemCallError => e
        e.class.name
      end
    end
    assert_equal([["Errno::EACCES"], ["Errno::EACCES"], ["Errno::EACCES"]], answer.map { |text| [text] })
  end

  def test_commands_keep_no_right_but_one
    status = in_the_command("sleep 2.7")
    assert_equal(1 << Confinement::DAC_OVERRIDE, status[/^CapPrm:\s+(\h+)/, 1].to_i(16))
    assert_equal(0, status[/^CapInh:\s+(\h+)/, 1].to_i(16))
    assert_match(/^NoNewPrivs:\s+1$/, status)
    assert_match(/^Seccomp:\s+2$/, status)
  end

  def in_the_command(command)
    thread = Thread.new { run_in_target(command) }
    sleep 0.02 until (pid = left.find { |id| File.binread("/proc/#{id}/cmdline").start_with?(command.split.first) })
    File.read("/proc/#{pid}/status")
  ensure
    thread&.value
  end

  # The numbers of system calls, by what they do here.
  def test_the_filter_refuses_what_reaches_other_processes
    answers = in_a_process do
      Confinement.enter_launcher
      own = fork { sleep 30 }
      tried = {
        "signal to its parent" => -> { Process.kill(0, Process.ppid) },
        "signal to everybody" => -> { Process.kill(0, -1) },
        "signal to the first process" => -> { Process.kill(0, 1) },
        "signal to the group of its parent" => -> { Process.kill(0, -Process.getpgid(Process.ppid)) },
        "ptrace" => -> { syscall(101, 0x4206, own, 0, 0) },
        "process_vm_readv" => -> { syscall(310, own, 0, 0, 0, 0, 0) },
        "pidfd_getfd" => -> { syscall(438, 0, 0, 0) },
        "kcmp" => -> { syscall(312, own, own, 0, 0, 0) },
        "limits of its parent" => -> { syscall(302, Process.ppid, 7, 0, 0) },
        "affinity of its parent" => -> { syscall(203, Process.ppid, 0, 0) },
        "priority of a user" => -> { Process.setpriority(Process::PRIO_USER, 0, 0) },
        "F_SETOWN" => -> { File.open(File::NULL) { |file| file.fcntl(8, own) } },
        "TIOCSTI" => -> { File.open(File::NULL) { |file| file.ioctl(0x5412, +"x") } },
        "shared memory" => -> { syscall(29, 0, 4096, 0o1600) },
        "keys" => -> { syscall(250, 0, -3, 0, 0, 0) },
        "namespaces" => -> { syscall(272, 0) },
        "open_by_handle_at" => -> { syscall(304, 0, 0, 0) },
        "io_uring" => -> { syscall(425, 1, 0) },
        "signal to its own child" => -> { Process.kill(0, own) },
        "own limits" => -> { syscall(302, 0, 7, 0, 0) },
        "own priority" => -> { Process.setpriority(Process::PRIO_PROCESS, 0, 0) },
        "end of its own child" => -> { Process.kill(:KILL, own) && Process.wait(own) },
      }
      tried.transform_values do |attempt|
        attempt.call
        "done"
      rescue SystemCallError => e
        e.class.name
      end
    end
    refused, allowed = answers.to_a.each_slice(18).to_a
    assert_equal(["Errno::EPERM"], refused.map(&:last).uniq, answers.inspect)
    assert_equal(["done"], allowed.map(&:last).uniq, answers.inspect)
  end

  # What the block returns in a process of its own
  def in_a_process
    reader, writer = IO.pipe
    pid = fork do
      value = begin
        yield
      rescue StandardError => e
        [e.class.name, e.message]
      end
      writer.write(JSON.generate(value))
      writer.close
      exit!(0)
    end
    writer.close
    JSON.parse(reader.read)
  ensure
    Process.wait(pid) if pid
  end

  def test_a_stopped_starter_ends_the_scan
    others = starters # of other tests; process IDs start again at a low number, so the last is not always the newest
    launcher = Launcher.new(File.basename(SidecarScan::Root.new(@root).handle).to_i, patience: 1)
    files = %w[r w w w].map { |mode| File.open(File::NULL, mode) }
    request = SidecarScan::Commands::Entry::Request.new("true", "/", {})
    launcher.start(request, files).end_all
    starter = (starters - others).first
    Process.kill(:STOP, starter)
    2.times { assert_raises(SidecarScan::TargetGone) { capture_io { launcher.start(request, files) } } }
  ensure
    Process.kill(:KILL, starter) if starter
  end

  # Speaks in the starter's place.
  class Liar < Launcher
    attr_accessor :words

    def serve(socket)
      socket.write(words)
      Process.spawn("true")
    end
  end

  def test_what_is_said_in_the_starters_place_ends_the_scan_and_is_no_code
    forged = [Marshal.dump(0), [4].pack("Q") + Marshal.dump(0), "A" * 64, SidecarScan::Commands::Wire.reply(7, 1, 1), "\0" * 12]
    files = %w[r w w w].map { |mode| File.open(File::NULL, mode) }
    forged.each do |words|
      liar = Liar.new(0, patience: 1)
      liar.words = words
      assert_raises(SidecarScan::TargetGone, words.inspect) { capture_io { liar.start(SidecarScan::Commands::Entry::Request.new("true", "/", {}), files) } }
    end
  end

  def test_nothing_is_loaded_as_code_or_objects
    Dir[File.expand_path("../../../src/transport/sidecar_scan/commands/*.rb", __dir__)].each do |path|
      code = File.read(path).gsub(/^\s*#.*$/, "")
      refute(code.match?(/Marshal|YAML|Psych|(?:instance|class|module)_eval|\beval\(/), path)
    end
  end
end
