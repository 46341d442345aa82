# frozen_string_literal: true

require_relative "../helper"
require_relative "commands_test"

# A container of an image at rest: a real process with the image as its root, in a mount namespace of its own with what runtimes
# mount over an image.
class HeldTargetTest < TransportTest
  VOLUME = "volumes/#{"0a" * 32}/_data"
  BUSYBOX = CommandsTest::BUSYBOX
  MOUNTS = <<~SCRIPT
    set -e
    mount --bind "$1" "$1"
    mount --bind "$2/hosts" "$1/etc/hosts"
    mount -t tmpfs tmpfs "$1/dev"
    mknod -m 666 "$1/dev/null" c 1 3
    mount --bind "$2/#{VOLUME}" "$1/var/lib/data"
    mount --bind "$2/other" "$1/srv"
    mount -t proc proc "$1/proc"
    exec chroot "$1" /bin/sleep 300
  SCRIPT

  def setup
    super
    outside = "#{@folder}/runtime"
    FileUtils.mkdir_p(["#{outside}/other/deep", "#{outside}/#{VOLUME}/sub"])
    File.write("#{outside}/hosts", "127.0.0.1 localhost\n")
    File.write("#{outside}/other/deep/app.conf", "not the image's\n")
    File.write("#{outside}/#{VOLUME}/sub/table", "the image's\n")
    @outside = outside
    @pid = Process.spawn("unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNTS, "sh", held_image, outside)
    sleep 0.02 until File.read("/proc/#{@pid}/comm") == "sleep\n"
    sleep 0.05
    settings = SidecarScan::Settings.from_env("SCAN_CONTAINER_CONTEXT" => "false", "SCAN_COMMANDS" => "files")
    @held = SidecarScan::Connection.new({}, settings) { |given| SidecarScan::HeldTarget.new(@pid, given) }
  end

  def teardown
    Process.kill(:KILL, @pid)
    Process.wait(@pid)
    super
  end

  def held_image
    root = image do
      file("etc/hosts", "")
      file("etc/app.conf", "the image's\n")
      link("etc/alias", "hosts")
      link("etc/linked", "../srv/deep")
    end
    FileUtils.mkdir_p(%w[bin dev proc srv var/lib/data].map { |name| "#{root}/#{name}" })
    FileUtils.cp(BUSYBOX, "#{root}/bin/busybox")
    %w[sleep sh cat ls stat wc test grep awk].each { |name| FileUtils.ln_s("busybox", "#{root}/bin/#{name}") }
    root
  end

  # A held target over whose accounts podman's copies are mounted, with the image's own files beside
  def copied_over(image_root)
    userdata = "#{@outside}/userdata"
    FileUtils.mkdir_p(userdata)
    File.write("#{userdata}/passwd", "root:x:0:0:root:/root:/bin/sh\n10001:*:10001:10001:container user:/:/bin/sh\n")
    File.write("#{userdata}/group", "10001:x:10001:10001\n")
    %w[passwd group].each do |name|
      script = 'touch "$1/etc/$2"; mount --bind "$3/$2" "$1/etc/$2"'
      root = "/proc/#{@pid}/root"
      assert(system("nsenter", "--target", @pid.to_s, "--mount", "sh", "-c", script, "sh", File.readlink(root), name, userdata))
    end
    settings = SidecarScan::Settings.from_env("SCAN_CONTAINER_CONTEXT" => "false", "SCAN_COMMANDS" => "files", "SCAN_IMAGE_ROOT" => image_root)
    SidecarScan::Connection.new({}, settings) { |given| SidecarScan::HeldTarget.new(@pid, given) }
  end

  # The same target with its shell
  def connected_with_commands
    settings = SidecarScan::Settings.from_env("SCAN_CONTAINER_CONTEXT" => "false", "SCAN_FACTS_WAIT" => "0.1", "SCAN_HOLD" => "true")
    SidecarScan::Connection.new({}, settings) { |given| SidecarScan::HeldTarget.new(@pid, given) }
  end

  # A write as a command of the image would make it
  def write(path, text)
    File.write("/proc/#{@pid}/root#{path}", text)
  end

  def test_what_is_mounted_over_the_image_is_not_the_images
    %w[/etc/hosts /etc/../etc/hosts /etc/alias /dev /dev/null /srv /srv/deep/app.conf /srv/none /etc/linked/app.conf].each do |path|
      assert_unavailable(/: the runtime mounts it; it is not the image's/) { @held.file(path).exist? }
    end
    assert_unavailable(%r{/etc/hosts: the runtime mounts it}) { @held.file("/etc/hosts").content }
    assert_unavailable(%r{/etc/hosts: the runtime mounts it}) { @held.run_command("cat /etc/hosts") }
  end

  # What commands read of it is seen, also where a library would not say so.
  def test_commands_that_read_what_the_runtime_mounts
    commands = connected_with_commands
    {
      "cat /etc/hosts | wc -l" => "`cat` reads /etc/hosts, which the runtime mounts; it is not the image's",
      "cat /etc/alias 2>/dev/null | wc -l" => "`cat` reads /etc/hosts",
      "f=/etc/ho; while read x; do echo $x; done <${f}sts" => "`sh` reads /etc/hosts",
      "test -s /etc/hosts && echo full" => "`sh` reads /etc/hosts",
      "ls -l /etc | wc -l" => "`ls` reads /etc/hosts",
      "stat -c %a /etc/hosts" => "`stat` reads /etc/hosts",
      "cat /etc/linked/app.conf 2>/dev/null | wc -l" => "`cat` reads /srv/deep/app.conf",
      "cat /srv/none 2>/dev/null | wc -l" => "`cat` reads /srv/none",
      "cat /proc/net/tcp | wc -l" => "the network is the scan pod's"
    }.each { |command, why| assert_unavailable(/#{Regexp.escape(why)}/, command) { commands.run_command(command).stdout } }
    assert_equal("1\n", commands.run_command("cat /etc/app.conf | wc -l").stdout)
    assert_equal("/etc/app.conf\n", commands.run_command("ls /etc/app.conf").stdout)
    assert_equal("the image's\n", commands.run_command("cat /var/lib/data/sub/table").stdout)
  end

  # Where the kernel does not tell, the text must.
  def test_commands_that_name_what_the_runtime_mounts
    mounts = SidecarScan::RuntimeMounts.new(File.read("/proc/#{@pid}/mountinfo"))
    guard = SidecarScan::Commands::Guard.new(true, true, mounts) { true }
    assert_match(%r{it names /etc/hosts, which the runtime mounts}, guard.refusal("x=$(cat '/etc/hosts' | wc -l)", false))
    assert_nil(guard.refusal("cat /etc/hosts", true))
    assert_nil(guard.refusal("cat /etc/app.conf", false))
  end

  def test_the_network_of_the_pod_is_not_the_images
    %w[/proc/net/tcp /proc/self/net/tcp /proc/1/net /proc/thread-self/net/udp].each do |path|
      assert_unavailable(/the network is the scan pod's/, path) { @held.file(path).exist? }
    end
    assert(@held.file("/proc/sys/net/ipv4/ip_forward").exist?)
  end

  def test_commands_that_tell_of_accounts_see_podmans_copy
    copied_over(@outside)
    commands = connected_with_commands
    ["cat /etc/passwd | wc -l", "grep -c : /etc/group", "stat -c %a /etc/passwd", "awk -F: '{print $1}' /etc/passwd"].each do |command|
      assert_unavailable(/podman's copy, with an account added/, command) { commands.run_command(command).stdout }
    end
    assert_match(/root/, commands.run_command("ls -l /etc/app.conf").stdout)
  end

  def test_the_images_own_files_are_answered
    assert_equal("the image's\n", @held.file("/etc/app.conf").content)
    assert_equal("the image's\n", @held.file("/var/lib/data/sub/table").content)
    assert(@held.file("/etc/alias").symlink?)
    refute(@held.file("/etc/none").exist?)
    assert(@held.file("/proc/self/stat").exist?)
  end

  def test_a_folder_is_listed_with_the_names_in_it
    names = @held.run_command("find /etc -type f").stdout.lines.map(&:chomp)
    assert_equal(%w[/etc/app.conf /etc/group /etc/hosts /etc/passwd], names.sort)
    assert_unavailable(%r{/dev: the runtime mounts it}) { @held.run_command("find / -name core") }
  end

  def test_what_a_command_changes_in_a_volume_is_not_believed
    write("/var/lib/data/sub/table", "forged\n")
    assert_unavailable(%r{a command of this scan has changed /var/lib/data/sub/table}) { @held.file("/var/lib/data/sub/table").content }
    assert(@held.file("/var/lib/data/sub").exist?)
    write("/var/lib/data/new", "forged\n")
    %w[/var/lib/data/new /var/lib/data/absent /var/lib/data].each do |path|
      assert_unavailable(%r{has changed /var/lib/data}) { @held.file(path).exist? }
    end
  end

  def test_time_cannot_be_turned_back
    write("/var/lib/data/sub/table", "forged\n")
    File.utime(0, 0, "/proc/#{@pid}/root/var/lib/data/sub/table")
    assert_unavailable(/a command of this scan has changed/) { @held.file("/var/lib/data/sub/table").content }
  end

  def test_of_accounts_that_podman_copies_the_images_own_are_answered
    own = "#{@folder}/own"
    FileUtils.mkdir_p("#{own}/etc")
    File.write("#{own}/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    File.chmod(0o666, "#{own}/etc/passwd")
    [own, nil].each do |folder|
      held = copied_over(folder)
      next assert_unavailable(/podman's copy is mounted over it/) { held.file("/etc/passwd").content } unless folder

      passwd = held.file("/etc/passwd")
      assert_equal(["root:x:0:0:root:/root:/bin/sh\n", 0o666], [passwd.content, passwd.mode])
      refute(held.file("/etc/group").exist?)
      assert_equal(["root", nil], [held.target.accounts.user_name(0), held.target.accounts.user_name(10_001)])
      assert_equal([], held.target.accounts.groups)
    end
  end

  def test_commands_meet_what_is_mounted
    assert(@held.target.command_root.stat?("/dev/null"))
  end

  def test_an_account_of_the_image_that_looks_like_podmans_stays
    write("/etc/passwd", "0:*:0:0:container user:/:/bin/sh\n")
    assert_equal("0", SidecarScan::HeldTarget.new(@pid, nil).accounts.user_name(0))
  end
end
