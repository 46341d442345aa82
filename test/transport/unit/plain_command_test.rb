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
    "sha256sum /etc/passwd",
    # lists, conditions, loops over words
    "cat /etc/passwd; cat /etc/group", "cat /etc/passwd && true", "test -f /etc/passwd || echo no", "[ -r /etc/passwd ] && head -1 /etc/passwd",
    "if [ -e /etc/passwd ]; then cat /etc/passwd; else echo none; fi", "if grep -q x /etc/passwd >/dev/null 2>&1\nthen echo yes\nfi",
    "for f in /etc/passwd /etc/group; do stat -c %a $f 2>/dev/null; done | sort -u", 'for f in passwd group; do [ -f "/etc/$f" ] && echo "${f}: found"; done',
    "sed -n 1p /etc/passwd", "sed 's/:.*//' /etc/passwd | head -2", "sed -n '/^root/,$p' /etc/passwd", "sed -nE 's/^(a|b)\\/x/\\1/gp' /etc/passwd",
    "find -L /etc /usr -perm /022 -type f",
    # the shell replaces them by names of files
    'stat -c "%U %n" /etc/pass*', "grep -h x /usr/*", "cat /etc/pass*d /etc/*roup | grep '/etc/* x'"
  ].freeze
  WATCHED = [
    # more than a pipeline of literal words
    "cat $F", "cat /etc/m*", "cat /etc/*", "cat pass*", "cat /et*/passwd", "cat /none/*", "cat /etc/odd*", "cat /etc/lett* é", "ls /*", "cat /etc/p?sswd", "cat /etc/[p]asswd",
    "cat /etc/{passwd,mtab}*", "cat '/etc/'m*", "cat \"/etc\"/m*", "cat /etc/passwd > /tmp/x", "cat < /etc/passwd", "X=1 cat /etc/passwd",
    "echo $(cat /etc/passwd)", "cat ~/x", "cat /etc/passwd # x", "cat /etc/passwd & true", "cat /etc/passwd |& cat", "(cat /etc/passwd)", "cat /etc/pass\\\nwd", "cat /etc/passwd &> /dev/null",
    "cd /proc; cat cpuinfo", "f=/proc/stat; cat $f", "true && cat /proc/stat", "cat /etc/passwd || sh", "cat() { sh; }; cat", "x=$(true); cat $x",
    "if [ -w /etc/passwd ]; then true; fi", "[ -f /proc/stat ]", "test -f /etc/passwd -a -d /proc", "[ /etc/passwd -nt /etc/mtab ]",
    "while true; do cat /etc/passwd; done", "while read f; do cat $f; done < /etc/passwd", "for f in /etc/passwd /proc/stat; do cat $f; done",
    "for f in stat; do cat /proc/$f; done", "for f in /etc/passwd; do true; done; cat $f", "for c in sh; do $c /etc/passwd; done", "for f in /etc/*; do cat $f; done",
    "for d in /proc /etc; do for f in passwd stat; do cat $d/$f; done; done", "for f in $(ls /etc); do cat $f; done", "for f in getline; do awk '{$f x}' /etc/passwd; done",
    "for f in /etc/passwd; do f=/proc/stat; cat $f; done", "for f in #{(1..80).to_a.join(" ")}; do echo $f; done", "for f; do cat $f; done", 'echo "$(cat /proc/stat)"',
    # programs that are not known to read only what they are named
    "find /etc -exec cat {} +", "find / -fstype nfs", "find /etc -printf %F", "find /etc -delete",
    "find /etc -fprint x", "find -files0-from x", "find -L /proc -name x", "find /proc -name x", "find /etc/linked/", "find / -newer /proc/1",
    "find /etc -name", "sh -c ls", "python3 /x", "/opt/cat /etc/passwd", "./cat /etc/passwd", "env", "xargs cat",
    "sed -i s/a/b/ /etc/passwd", "sed s/a/b/w/tmp/x /etc/passwd", "sed s/a/id/e /etc/passwd", "sed r/proc/stat /etc/passwd", "sed '1r /proc/stat' /etc/passwd",
    "sed -n 'p;w x' /etc/passwd", "sed -e p -e 'r /proc/stat' /etc/passwd", "sed -f x /etc/passwd", "sed '1e id' /etc/passwd", "sed p /proc/stat", "sed 's/a/b/;e' x",
    "sed 's/a\\/b/c/e' /etc/passwd", "sed p -f /x", "sed", "sed $'s/a/b/w x' /etc/passwd",
    # options and operands that lead elsewhere
    "grep -f /etc/passwd x", "grep -r root /etc", "grep --file=/etc/passwd x", "ls -R /", "ls -lL /etc", "ls -lF /etc", "ls -Z /etc", "sort -o /tmp/x /etc/passwd",
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
      file("usr/some", "")
      file("etc/odd name;cat", "")
      file("etc/lett\u00e9", "")
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

  def plain(mountinfo = nil)
    SidecarScan::Commands::PlainCommand.new(@root, "/etc", mountinfo && SidecarScan::RuntimeMounts.new(mountinfo))
  end

  def test_plain
    assert_empty(PLAIN.reject { |command| plain.plain?(command) })
  end

  def test_watched
    assert_empty(WATCHED.select { |command| plain.plain?(command) })
  end

  # A folder may hold a file of the runtime.
  def test_a_folder_with_mounts
    mounted = plain("1 0 8:1 /pods/hosts /etc/hosts rw - ext4 /dev/x rw\n")
    assert_empty(["ls -l /etc/passwd", "ls -l /usr", "ls /etc/none"].reject { |command| mounted.plain?(command) })
    assert_empty(["ls -l /etc", "ls", "ls -d /", "ls -l /etc/"].select { |command| mounted.plain?(command) })
  end

  # podman adds an account to its copy.
  def test_a_copy_of_the_accounts
    copied = plain("1 0 8:1 /x/userdata/passwd /etc/passwd rw - ext4 /dev/x rw\n")
    assert(plain.plain?("id app"))
    refute(copied.plain?("id app"))
    assert(copied.plain?("ls -l /usr"))
  end

  # A text that makes a pattern try everything would hold up the scan.
  def test_no_text_takes_long
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    ["awk '#{"=" * 20_000}\\''", "awk '#{"print " * 5000}@'", "grep '#{"a" * 50_000}", "cat #{"\"a\" " * 20_000}(", "x#{" | cat" * 10_000}", "sed 's/#{"\\\\a" * 20_000}'", "sed '#{"/a" * 20_000}'",
       "for f in #{"a " * 20_000}; do cat $f; done", "#{"if " * 20_000}x", "#{"for f in a; do " * 5000}x", "[ #{"a ] " * 20_000}x"].each do |text|
      refute(plain.plain?(text))
    end
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 10)
  end
end
