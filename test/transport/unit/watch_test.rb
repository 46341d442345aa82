# frozen_string_literal: true

require_relative "../helper"

# What commands at rest are seen to do, in a root with a static busybox: no /proc, and a folder that is read-only. Every command here
# would answer otherwise in a container, with a status of 0 and without a word.
class WatchTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }

  def setup
    super
    @root = image { nil }
    %w[bin proc sys dev tmp fixed].each { |folder| FileUtils.mkdir_p("#{@root}/#{folder}") }
    FileUtils.cp(BUSYBOX, "#{@root}/bin/busybox")
    %w[sh cat ls find grep sed mktemp mkdir rmdir rm ln awk printf free uptime df stat sort wc head id touch nslookup cp env printenv echo readlink].each do |name|
      FileUtils.ln_s("busybox", "#{@root}/bin/#{name}")
    end
    File.symlink("/proc/mounts", "#{@root}/etc/mtab")
    File.symlink("..", "#{@root}/etc/up")
    File.symlink("up/proc", "#{@root}/etc/kernel")
    system("mknod", "-m", "666", "#{@root}/dev/null", "c", "1", "3", exception: true)
    system("mount", "--bind", "#{@root}/fixed", "#{@root}/fixed", exception: true)
    system("mount", "-o", "remount,ro,bind", "#{@root}/fixed", exception: true)
  end

  def teardown
    system("umount", "#{@root}/fixed", exception: true)
    super
  end

  def target(facts = nil)
    @target ||= connect(@root, facts ? { "SCAN_FACTS" => facts, "SCAN_WITNESS" => "#{facts}/word" } : { "SCAN_FACTS_WAIT" => "0.1" })
  end

  def answer(command)
    target.run_command(command).stdout
  end

  {
    "cat /etc/mtab 2>/dev/null | wc -l" => "`cat` reads /proc/mounts",
    "cat /etc/kernel/meminfo 2>/dev/null | wc -l" => "`cat` reads /proc/meminfo",
    "cd /etc/up && cat ./proc//./uptime 2>/dev/null | wc -l" => "`cat` reads /proc/uptime",
    "cat /etc/up/etc/../sys/x 2>/dev/null | wc -l" => "`cat` reads /sys/x",
    "ls -ld /etc/kernel/1 2>/dev/null | wc -l" => "`ls` asks for /proc/1",
    "cd /proc 2>/dev/null; cat meminfo 2>/dev/null | wc -l" => "reads /proc",
    "free 2>/dev/null; true" => "reads /proc/meminfo",
    "find / -name x; cat /sys/class/net/eth0/address 2>/dev/null | wc -l" => "reads /sys/class/net/eth0/address",
    "mktemp -p /fixed 2>/dev/null | wc -l" => "writes /fixed/tmp",
    "mkdir -p /fixed/x/y 2>/dev/null; true" => "writes /fixed/x",
    "cd /fixed && touch x 2>/dev/null; true" => "writes /fixed/x",
    "echo x 2>/dev/null >/fixed/x | wc -l" => "writes /fixed/x",
    "(: >>/fixed/x) 2>/dev/null | wc -l" => "writes /fixed/x",
    "ln -s a /fixed/b 2>/dev/null; true" => "writes /fixed/b",
    "rmdir /fixed/a 2>/dev/null; true" => "writes /fixed/a",
    "cat </dev/kmsg 2>/dev/null | wc -l" => "opens /dev/kmsg",
    "cat /dev/fd/0 2>/dev/null | wc -l" => "opens /dev/fd/0",
    "stat -f / 2>&1 | wc -l" => "asks for the file system of /",
    "nslookup localhost 127.0.0.1 >/dev/null 2>&1; true" => "asks the network",
    "echo 'cat /proc/cpuinfo 2>/dev/null' >/tmp/x; sh /tmp/x | wc -l" => "reads /proc/cpuinfo",
    "cat /pr*/sys/kernel/osrelease 2>/dev/null | wc -l" => "asks for /proc/sys/kernel/osrelease",
    "p=/pr; ls ${p}oc/sys 2>/dev/null; true" => "asks for /proc/sys",
    "x=s/cla; ls /sy${x}ss/net 2>/dev/null; true" => "asks for /sys/class/net",
    "cd / && test -e sys/class/net || echo none" => "asks for /sys/class/net",
    "[ -r \"/$(echo proc)/limits\" ] || echo none" => "asks for /proc/limits",
    "echo x >/dev/stdout 2>&-; true" => "opens /dev/stdout",
    "(echo x >/dev/stderr) 2>/dev/null; true" => "opens /dev/stderr",
    "d=/d; test -e ${d}ev/stdin || echo none" => "opens /dev/stdin",
    "cd / && ls -ld sys/class/net 2>/dev/null; true" => "asks for /sys/class/net",
    "readlink /proc/self/exe | wc -l" => "no /proc, /sys or /dev",
    "cat /proc/sys/crypto/fips_enabled 2>/dev/null | wc -l" => "`cat` reads /proc/sys/crypto/fips_enabled",
    "grep -c 1 /proc/sys/vm/overcommit_memory 2>/dev/null | wc -l" => "`grep` reads /proc/sys/vm/overcommit_memory",
    "read x 2>/dev/null </proc/sys/crypto/fips_enabled; echo \"[$x]\"" => "`sh` reads /proc/sys/crypto/fips_enabled",
  }.each do |command, why|
    define_method("test_not answered: #{command}") { assert_unavailable(/#{Regexp.escape(why)}/) { answer(command) } }
  end

  {
    "ls /none 2> /dev/null; echo $?" => "1\n",
    "cat /etc/passwd 2>>/dev/null | wc -l" => "2\n",
    "ls -ld /etc/kernel /etc/mtab 2>/dev/null | wc -l; cat /etc/up/etc/passwd | wc -l" => "2\n2\n",
    "cat < /dev/null | wc -l" => "0\n",
    "echo a >| /dev/null; echo $?" => "0\n",
    "ls /none 2>\"/dev/null\"; echo b" => "b\n",
    "ls /none 2>\t/dev/null; echo b" => "b\n",
    "mkdir -p /fixed /tmp/a/b && echo d" => "d\n",
    "sh -c ls\\ /none\\ 2\\>/dev/null\\;\\ echo\\ c" => "c\n",
    "f=$(mktemp) && echo x >$f && cat $f && rm $f" => "x\n",
    "cat <<E\nhere\nE" => "here\n",
    "cp /etc/passwd /tmp/p && sed -i s/root/ROOT/ /tmp/p && head -c 4 /tmp/p" => "ROOT",
    "find / -path /proc -prune -o -name passwd -print" => "/etc/passwd\n",
    "grep -cE '(mount|umount|su)' /etc/passwd; true" => "0\n",
    "grep -c \"ps|top\\|df\" /etc/passwd; true" => "0\n",
    "echo 'kill; mount' | cat" => "kill; mount\n",
    "printf '%s\\n' \"su: (mount)\"" => "su: (mount)\n",
    "echo /etc/passwd | xargs grep -c mount; true" => "0\n",
    "echo 'it costs $HOME'" => "it costs $HOME\n",
    "x=1; echo \"$x ${x:-2}\"" => "1 1\n",
    "set -e; echo y" => "y\n",
    "id -u 2>/dev/null; ls -l /etc/passwd | wc -l" => "0\n1\n",
    "find / -xdev -perm -4000; cd / && test -d proc && test -d sys && ls -d dev" => "dev\n",
    "sort /etc/group | head -n 1" => "app:x:1000:\n",
  }.each do |command, expected|
    define_method("test_answered: #{command}") { assert_equal(expected, answer(command)) }
  end

  {
    "mount -l | wc -l" => "`mount`", "echo x; 'ps' aux" => "`ps`", "echo $(kill -l)" => "`kill`", "echo \"$(dmesg | head)\"" => "`dmesg`",
    "sh -c 'ps aux' | wc -l" => "`ps`", "find / -exec fuser {} \\;" => "`fuser`", "echo 1 | xargs -n 1 kill" => "`kill`"
  }.each do |command, why|
    define_method("test_not run: #{command}") do
      FileUtils.ln_s("busybox", "#{@root}/bin/dmesg")
      assert_unavailable(/#{Regexp.escape(why)}/) { answer(command) }
    end
  end

  {
    "printenv PATH HOME" => "printenv", "awk 'BEGIN { print ENVIRON[\"HOME\"] }'" => "the environment", "echo ~" => "~", "cd; ls" => "~",
    "sh -c echo\\ \\$HOME" => "HOME", "echo \"[${HOME}]\"" => "HOME", "echo \"${X:-none}\"" => "X", "set | wc -l" => "set",
    "env -0 | wc -c" => "env", "export -p" => "export", "eval echo \\$HOME" => "HOME", "sh -c 'echo $HOME'" => "HOME",
    "perl -e 'print $ENV{X}'" => "the environment", "python3 -c 'import os; print(os.environ)'" => "the environment"
  }.each do |command, what|
    define_method("test_environment not known: #{command}") { assert_unavailable(/#{Regexp.escape(what)}.*environment/) { answer(command) } }
  end

  def test_environment_known
    facts = File.join(@folder, "facts")
    FileUtils.mkdir_p(facts)
    File.write("#{facts}/word", "{}")
    File.write("#{facts}/image.json", JSON.generate("Env" => ["PATH=/bin", "X=of the image"], "User" => "", "WorkingDir" => "/etc"))
    target(facts)
    assert_equal("of the image\n", answer("printenv X"))
    assert_equal("of the image /root\n", answer("echo \"${X:-none}\" ~"))
    assert_equal("of the image\n", answer("awk 'BEGIN { print ENVIRON[\"X\"] }'"))
    assert_equal("/etc\n", answer("sh -c 'pwd'"))
  end

  def test_root_needs_no_sudo
    FileUtils.ln_s("busybox", "#{@root}/bin/sudo")
    assert_equal("2\n", answer("sudo -n cat /etc/passwd | wc -l"))
    assert_equal("2\n", answer("sudo cat /etc/passwd | sudo -u root wc -l"))
    assert_unavailable(/`sudo`/) { answer("sudo -l | wc -l") }
    assert_unavailable(/`sudo`/) { answer("sudo -u app id") }
  end

  def test_without_sudo_there_is_none
    assert_equal(127, target.run_command("sudo -n true; exit $?").exit_status)
  end

  def test_a_command_that_hung_is_not_run_again
    hung = connect(@root, "SCAN_COMMAND_TIMEOUT" => "0.4", "SCAN_FACTS_WAIT" => "0.1")
    FileUtils.ln_s("busybox", "#{@root}/bin/sleep")
    assert_unavailable(/took longer than 0.4 s/) { hung.run_command("sleep 5; echo a") }
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    10.times { assert_unavailable(/took longer than 0.4 s before and is not run again/) { hung.run_command("sleep 5; echo a") } }
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 4)
    assert_equal("b\n", hung.run_command("echo b").stdout)
  end

  # Profiles look for bytes that are no text.
  def test_bytes_that_are_no_text
    FileUtils.ln_s("busybox", "#{@root}/bin/tr")
    File.binwrite("#{@root}/etc/bytes", "a\xFFb\n")
    assert_equal("1\n", answer("grep -c '\xFF' /etc/bytes"))
    assert_equal("a?b\n", answer("tr '\xFF' '?' < /etc/bytes"))
    assert_unavailable(%r{the command `cat /proc/\u{FFFD} é 2>/dev/null`: .*(?:asks for|reads|No such|no /proc)}) { answer("cat /proc/\xFF é 2>/dev/null") }
    assert_equal(127, target.run_command("none-\xFF é").exit_status)
  end

  # A kernel that cannot tell: what the text says must do.
  def test_unwatched
    guard = SidecarScan::Commands::Guard.new(false) { true }
    ["free -m", "sysctl -a", "ip addr", "cat /proc/cpuinfo", "find / -fstype nfs", "test -w /etc", "rpm -Va | wc -l", "hostname -I",
     "stat -f /", "nginx -t", "java -version"].each { |command| assert(guard.refusal(command, false), command) }
    ["find / -perm -4000", "grep free /etc/passwd", "cat /etc/passwd 2>/dev/null", "find / -path /proc -prune -o -print"].each do |command|
      assert_nil(guard.refusal(command, false), command)
    end
  end
end
