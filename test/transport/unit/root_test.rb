# frozen_string_literal: true

require_relative "../helper"

# Path lookup never leaves the folder, by one system call or name by name.
class RootTest < TransportTest
  # Without openat2, as on a kernel that does not have it.
  class SlowRoot < SidecarScan::Root
    def initialize(*)
      super
      @openat2 = false
    end
  end

  def roots
    path = image do
      file("etc/app.conf", "inside\n")
      link("etc/absolute", "/etc/app.conf")
      link("etc/upwards", "../../../../etc/app.conf")
      link("etc/chain", "absolute")
      link("etc/loop-a", "loop-b")
      link("etc/loop-b", "loop-a")
      link("etc/nowhere", "/outside/secret")
      link("folder", "/etc")
    end
    FileUtils.mkdir_p("#{@folder}/outside")
    File.write("#{@folder}/outside/secret", "outside\n")
    [SidecarScan::Root.new(path), SlowRoot.new(path)]
  end

  def test_links_and_dots_stay_inside
    roots.each do |root|
      %w[/etc/app.conf etc/app.conf /etc/../etc/./app.conf /../../etc/app.conf /etc/absolute /etc/upwards /etc/chain /folder/app.conf /folder/../etc/app.conf].each do |path|
        assert_equal("inside\n", root.read(path), path)
        assert_equal("/etc/app.conf", root.real_path(path), path)
      end
    end
  end

  def test_what_is_not_there_is_absent
    roots.each do |root|
      %w[/etc/none /none/app.conf /etc/app.conf/x /etc/nowhere /outside/secret /../outside/secret].each { |path| assert_nil(root.stat?(path), path) }
      assert_raises(Errno::ENOTDIR) { root.stat("/etc/app.conf/") }
    end
  end

  def test_loops_of_links_end
    roots.each do |root|
      assert_raises(Errno::ELOOP) { root.stat("/etc/loop-a") }
      assert_nil(root.stat?("/etc/loop-a"))
      assert(root.stat("/etc/loop-a", false).symlink?)
    end
  end

  def test_the_text_of_a_link_is_as_written
    roots.each { |root| assert_equal("../../../../etc/app.conf", root.link_text("/etc/upwards")) }
  end

  def test_nothing_is_absent_once_the_target_has_gone
    gone = SidecarScan::Root.new(image, on_absent: -> { raise "the target has ended" })
    assert_raises(RuntimeError) { gone.stat?("/etc/none") }
  end

  def test_what_may_not_be_read_is_named
    path = image("closed") { file("etc/shadow", "root:*:::::::\n", mode: 0o600) }
    message = as_nobody do
      SidecarScan::Root.new(path).read("/etc/shadow")
    rescue Errno::EACCES => e
      e.message
    end
    assert_equal("Permission denied - /etc/shadow", message)
  end

  def test_no_descriptor_is_kept
    root = roots.first
    GC.start # closes what earlier tests have dropped
    before = Dir.children("/proc/self/fd").size
    50.times { root.read("/etc/chain") && root.stat?("/etc/none") && root.stat?("/etc/loop-a") }
    assert_operator(Dir.children("/proc/self/fd").size, :<=, before)
  end
end
