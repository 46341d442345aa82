# frozen_string_literal: true

require_relative "../helper"
require "sidecar_scan/commands/ways"

# Where the paths that commands name lead, inside a root
class WaysTest < TransportTest
  def setup
    super
    @root = image do
      file("usr/lib/libc.so.6", "")
      file("etc/issue", "")
      file("tmp/plain", "")
    end
    File.symlink("usr/lib", "#{@root}/lib")
    File.symlink("/proc", "#{@root}/etc/kernel")
    File.symlink("../etc/kernel/meminfo", "#{@root}/usr/memory")
    File.symlink("loop", "#{@root}/etc/loop")
    @open = File.open(@root)
    @ways = SidecarScan::Commands::Ways.new(@open.fileno, ["/etc/hosts"])
  end

  def teardown
    @open.close
    super
  end

  def test_links_are_followed_inside_the_root
    {
      "/etc/issue" => "/etc/issue", "/lib/libc.so.6" => "/usr/lib/libc.so.6", "/etc/kernel/meminfo" => "/proc/meminfo",
      "/usr/memory" => "/proc/meminfo", "//etc/./x/../issue" => "/etc/issue", "/etc/none" => "/etc/none", "/etc/kernel" => "/proc",
      "/proc/../etc/issue" => "/etc/issue", "/../../etc/issue" => "/etc/issue"
    }.each do |path, way|
      2.times { assert_equal(way, @ways.resolved(path.b, true), path) }
    end
  end

  def test_the_last_link_may_be_meant_itself
    2.times do
      assert_equal("/usr/memory", @ways.resolved("/usr/memory".b, false))
      assert_equal("/etc/kernel", @ways.resolved("/etc/kernel".b, false))
      assert_equal("/proc/stat", @ways.resolved("/etc/kernel/stat".b, false))
    end
  end

  def test_links_in_a_circle_end
    assert_match(%r{\A/etc/loop}, @ways.resolved("/etc/loop".b, true))
  end

  def test_told
    told = ["/proc", "/proc/stat", "/sys/x", "/dev/null", "/etc/hosts"]
    assert_equal(told, [*told, "/process", "/etc/hosts.allow", "/etc", "/tmp/dev/null"].select { |path| @ways.told?(path) })
  end

  # Commands can write there.
  def test_what_becomes_a_link_in_a_writable_folder_is_seen
    assert_equal("/tmp/plain", @ways.resolved("/tmp/plain".b, true))
    File.unlink("#{@root}/tmp/plain")
    File.symlink("/proc/meminfo", "#{@root}/tmp/plain")
    assert_equal("/proc/meminfo", @ways.resolved("/tmp/plain".b, true))
  end

  def test_a_link_into_a_writable_folder_is_followed_each_time
    File.symlink("/tmp/plain", "#{@root}/etc/there")
    assert_equal("/tmp/plain", @ways.resolved("/etc/there".b, true))
    File.unlink("#{@root}/tmp/plain")
    File.symlink("/proc/stat", "#{@root}/tmp/plain")
    assert_equal("/proc/stat", @ways.resolved("/etc/there".b, true))
  end
end
