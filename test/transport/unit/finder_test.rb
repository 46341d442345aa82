# frozen_string_literal: true

require_relative "../helper"
require_relative "../../profile/held_process"

# Which process is the target? Real ones, each in a mount namespace of its own as a container's are.
class FinderTest < TransportTest
  def setup
    super
    @pids = []
  end

  def teardown
    @pids.each do |pid|
      Process.kill(:KILL, pid)
      Process.wait(pid)
    end
    super
  end

  # A process that waits, in its own mount namespace.
  def container(environment = {}, seconds = "300")
    pid = Process.spawn(environment, "unshare", "--mount", "sleep", seconds, unsetenv_others: true)
    @pids << pid
    sleep 0.02 until File.read("/proc/#{pid}/comm") == "sleep\n"
    pid
  end

  def find(env)
    settings = SidecarScan::Settings.from_env({ "SCAN_TARGET_WAIT" => "0.01" }.merge(env))
    SidecarScan::Finder.new(settings, starting: 0).pid
  end

  def test_the_oldest_process_with_the_marker
    container("SCAN_TARGET" => "another")
    first = container("SCAN_TARGET" => "marker")
    sleep 0.03
    container("SCAN_TARGET" => "marker")
    assert_equal(first, find("SCAN_TARGET_NONCE" => "marker"))
  end

  def test_a_pattern_of_the_command_line
    container
    wanted = container({}, "301")
    assert_equal(wanted, find("SCAN_TARGET_PROCESS" => "sleep 30[1]"))
  end

  def test_none_is_an_error_that_names_an_input
    error = assert_raises(Train::TransportError) { find("SCAN_TARGET_NONCE" => "nobody-has-it") }
    assert_match(/no target process with SCAN_TARGET in its environment .*target-process/, error.message)
  end

  def test_what_may_not_be_read_is_listed
    pid = container("SCAN_TARGET" => "marker")
    name, message = as_nobody { find("SCAN_TARGET_NONCE" => "marker") }
    assert_equal("Train::TransportError", name)
    assert_match(/not readable: .*\b#{pid} \(sleep, UID 0\)/, message)
    assert_match(/pod-security: privileged/, message)
  end

  def test_an_image_that_is_still_pulled_is_waited_for
    later = Thread.new do
      sleep 0.5
      container("SCAN_TARGET" => "late")
    end
    # a pod has no other process, a test machine has many: only one by the name of the hold program counts
    assert_equal(later.value, find("SCAN_TARGET_NONCE" => "late", "SCAN_HOLD" => "true", "SCAN_TARGET_WAIT" => "20"))
  end

  def test_a_container_that_runs_and_is_not_the_target_is_not_waited_for
    container
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    assert_raises(Train::TransportError) { find("SCAN_TARGET_NONCE" => "nobody-has-it", "SCAN_TARGET_WAIT" => "20") }
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 5)
  end

  def test_a_target_that_ends_ends_the_scan
    target = nil
    HeldProcess.run(image, {}) do |pid|
      target = SidecarScan::RunningTarget.new(pid)
      target.alive!
    end
    assert_raises(SidecarScan::TargetGone) { capture_io { target.alive! } }
    assert_raises(SidecarScan::TargetGone) { capture_io { target.root.stat?("/etc/none") } }
  end

  def test_a_process_with_this_root_is_no_target
    error = assert_raises(Train::TransportError) { SidecarScan::RunningTarget.new(container) }
    assert_match(/the scanner's own root/, error.message)
  end

  def test_a_broken_pattern_is_the_users
    assert_raises(Train::UserError) { SidecarScan::Settings.from_env("SCAN_TARGET_PROCESS" => "(") }
  end
end
