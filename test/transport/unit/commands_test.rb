# frozen_string_literal: true

require_relative "../helper"

# Commands in the target's own root, by the image's own shell. A root with a static busybox, chroot as root.
class CommandsTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }

  def setup
    super
    root = image { nil }
    FileUtils.mkdir_p("#{root}/bin")
    FileUtils.cp(BUSYBOX, "#{root}/bin/busybox")
    %w[sh cat sleep id ls pwd env].each { |name| FileUtils.ln_s("busybox", "#{root}/bin/#{name}") }
    @shell = SidecarScan::Commands::Chroot.new(SidecarScan::RestingTarget.new(root), false)
  end

  def run_in_target(command, seconds = 5, input = nil)
    @shell.run(command, seconds, input)
  end

  def test_output_errors_and_status
    result = run_in_target("cat /etc/passwd; echo trouble >&2; exit 3")
    assert_match(/^app:x:1000/, result.stdout)
    assert_equal(["trouble\n", 3], [result.stderr, result.exit_status])
  end

  def test_what_a_signal_ended
    assert_equal(128 + 9, run_in_target("kill -9 $$").exit_status)
  end

  def test_input_is_read_to_its_end
    text = "line\n" * 50_000
    assert_equal(text, run_in_target("cat", 5, text).stdout)
  end

  def test_long_commands_arrive_whole
    text = "x" * 500_000
    assert_equal(100_000, run_in_target("cat <<E | { read x; echo ${#x}; }\n#{text[0, 100_000]}\nE").stdout.to_i)
  end

  def test_too_long_a_command_is_ended_with_all_its_children
    assert_raises(SidecarScan::Commands::Chroot::TooLate) { run_in_target("sleep 987 & sleep 987", 0.3) }
    assert_empty(processes_like("sleep 987"))
    assert_equal("and on\n", run_in_target("echo and on").stdout)
  end

  def test_nothing_of_the_scanner_is_handed_on
    ENV["SCAN_NONCE"] = "secret"
    held = File.open(__FILE__)
    thread = Thread.new { run_in_target("sleep 1.9") }
    sleep 0.05 while (pids = processes_like("sleep 1.9")).empty?
    descriptors = Dir.children("/proc/#{pids.last}/fd").map(&:to_i)
    assert_empty(descriptors - [0, 1, 2])
    assert_equal(["0000000000000000"], [File.read("/proc/#{pids.last}/status")[/^CapEff:\s+(\h+)/, 1].to_i(16) & ~SidecarScan::Commands::Confinement::KEPT].map { |rest| format("%016x", rest) })
    assert_match(/^NoNewPrivs:\s+1$/, File.read("/proc/#{pids.last}/status"))
    thread.value
    refute_match(/SCAN_NONCE|RUBYLIB|GEM_/, run_in_target("env").stdout)
  ensure
    ENV.delete("SCAN_NONCE")
    held&.close
  end

  def test_the_process_that_starts_commands_knows_nothing_of_the_scan
    ENV["SCAN_NONCE"] = "secret"
    run_in_target("true")
    starter = processes_like("commands/entry.rb").last
    refute_match(/SCAN_NONCE/, File.binread("/proc/#{starter}/environ"))
  ensure
    ENV.delete("SCAN_NONCE")
  end

  def test_one_that_died_ends_the_scan
    run_in_target("true")
    # of this test's own: the youngest
    Process.kill(:KILL, processes_like("commands/entry.rb").last)
    sleep 0.1
    2.times { assert_raises(SidecarScan::TargetGone) { capture_io { run_in_target("true") } } }
  end

  # Numbers of the processes with this command line that this one started, directly or not
  def processes_like(pattern)
    Dir.children("/proc").grep(/\A\d+\z/).map(&:to_i).sort.select do |pid|
      File.binread("/proc/#{pid}/cmdline").tr("\0", " ").include?(pattern) && ancestors(pid).include?(Process.pid)
    rescue SystemCallError
      false
    end
  end

  def ancestors(pid)
    chain = []
    until pid.zero?
      pid = File.read("/proc/#{pid}/stat").then { |text| text[(text.rindex(")") + 2)..-1].split[1].to_i }
      chain << pid
    end
    chain
  end
end
