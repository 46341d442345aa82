# frozen_string_literal: true

require_relative "../helper"
require "sidecar_scan/commands/plain_command"

# Which commands need no watching: those whose words tell all that they read.
class PlainCommandTest < TransportTest
  PLAIN = [
    "cat /etc/passwd", "cat /etc/passwd /etc/none | wc -l", "grep -i '^root' /etc/passwd 2>/dev/null | cut -d: -f1,3 | sort -t: -k2 -n | tail -1",
    "grep -E '(mount|umount|su)' /etc/passwd", "grep -e root -c /etc/passwd 2>&1", "stat -c '%a %U:%G' /etc/passwd", "stat -L -c %n passwd",
    "stat --format=%a /etc/passwd", "ls -l /etc/passwd", "ls -la /etc | head -n 5", "ls", "/usr/bin/head -c 4 /etc/passwd", "echo a | tr a b",
    "awk -F: '{print $1}' /etc/passwd", "awk '$3 >= 1000 {print $1\":\"$3}' /etc/passwd", "awk -F : '/root/ && !/x/' /etc/passwd", "id app", "cat",
    "find / -xdev -type f \\( -perm -4000 -o -perm -2000 \\) ! -name x | wc -l", "find /etc -name '*.conf' -not -user root 2>/dev/null",
    "sha256sum /etc/passwd"
  ].freeze
  WATCHED = [
    # more than a pipeline of literal words
    "cat $F", "cat /etc/pass*", "cat /etc/passwd; cat /etc/group", "cat /etc/passwd > /tmp/x", "cat < /etc/passwd", "X=1 cat /etc/passwd",
    "echo $(cat /etc/passwd)", "cat ~/x", "cat /etc/passwd && true", "cat /etc/passwd # x", "! cat /etc/passwd", "cat /etc/passwd &", "",
    # programs that are not known to read only what they are named
    "sed -n 1p /etc/passwd", "find /etc -exec cat {} +", "find / -fstype nfs", "find /etc -printf %F", "find /etc -delete",
    "find /etc -fprint x", "find -files0-from x", "find -L /etc -name x", "find /proc -name x", "find /etc/linked/", "find / -newer /proc/1",
    "find /etc -name", "sh -c ls", "python3 /x", "/opt/cat /etc/passwd", "./cat /etc/passwd", "env", "xargs cat",
    # options and operands that lead elsewhere
    "grep -f /etc/passwd x", "grep -r root /etc", "grep --file=/etc/passwd x", "ls -R /", "ls -Z /etc", "sort -o /tmp/x /etc/passwd",
    "sort -T /var/x /etc/passwd", "uniq /etc/passwd /tmp/x", "tail -f /etc/passwd", "wc --files0-from=x", "stat -f /", "stat -c %m /etc/passwd",
    "stat --printf=%m /etc/passwd", "head /proc/cpuinfo", "cat /etc/../proc/cpuinfo", "cat ../proc/cpuinfo", "grep x /sys/x", "ls /dev", "echo /proc",
    "cat /etc/mtab", "cat /etc/linked/x", "ls -l /etc/alias", "cat /apart/x", "cat --show-all=/x",
    # programs of awk that do more than compare and print
    "awk '{getline x < \"f\"; print x}' /etc/passwd", "awk '{system(\"x\")}' /etc/passwd", "awk '{print ENVIRON[\"HOME\"]}' /etc/passwd",
    "awk '{print > \"x\"}' /etc/passwd", "awk '{print > 5}' /etc/passwd", "awk '{printf \"%s\", $1 > 5}' /etc/passwd", "awk '{print | \"sh\"}' /etc/passwd",
    "awk -f x /etc/passwd", "awk -v x=1 '{print x}' /etc/passwd", "awk '{print}' x=1 /etc/passwd", "awk '{print}' /proc/cpuinfo", "awk",
    "awk 'BEGIN {ARGV[1] = x}' /etc/passwd", "awk '@load x' /etc/passwd"
  ].freeze

  def setup
    super
    root = image do
      link("etc/mtab", "/proc/mounts")
      link("etc/alias", "passwd")
      link("etc/linked", "/proc")
    end
    FileUtils.mkdir_p(%w[proc sys dev apart].map { |folder| "#{root}/#{folder}" })
    system("mount", "-t", "tmpfs", "tmpfs", "#{root}/apart", exception: true)
    @apart = "#{root}/apart"
    @root = SidecarScan::Root.new(root)
  end

  def teardown
    system("umount", @apart, exception: true)
    super
  end

  def plain(mounted: false)
    SidecarScan::Commands::PlainCommand.new(@root, "/etc", mounted: mounted)
  end

  def test_plain
    assert_empty(PLAIN.reject { |command| plain.plain?(command) })
  end

  def test_watched
    assert_empty(WATCHED.select { |command| plain.plain?(command) })
  end

  # A folder may hold a file of the runtime.
  def test_a_folder_with_mounts
    assert(plain(mounted: true).plain?("ls -l /etc/passwd"))
    refute(plain(mounted: true).plain?("ls -l /etc"))
    refute(plain(mounted: true).plain?("ls"))
  end

  # A text that makes a pattern try everything would hold up the scan.
  def test_no_text_takes_long
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    ["awk '#{"=" * 20_000}\\''", "awk '#{"print " * 5000}@'", "grep '#{"a" * 50_000}", "cat #{"\"a\" " * 20_000};", "x#{" | cat" * 10_000}"].each do |text|
      refute(plain.plain?(text))
    end
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 10)
  end
end
