# frozen_string_literal: true

require_relative "../helper"

# Where no command is run, a few forms are answered from files: as GNU's programs and busybox's answer them.
class TextToolsTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }
  FILE = "/etc/app.conf"
  LINES = <<~'TEXT'.gsub('\r', "\r")
    # comment
    PermitRootLogin no
    permitrootlogin YES

    PASS_MAX_DAYS	99999
      indented = "a b"
    umask 027
    a.b*c[d]$e^f
    auth required pam_unix.so try_first_pass
    -w /etc/passwd -p wa -k identity
    x:y:z
    ::
    a carriage return\r
    root:x:0:0:root:/root:/bin/sh
    it's
    last without end
  TEXT

  # Answered, and the same by GNU and by busybox
  ANSWERED = <<~'TEXT'.lines.map { |line| line.chomp.gsub("FILE", FILE) }.freeze
    cat FILE
    head FILE
    head -n 3 FILE
    head -2 FILE
    head -n1 FILE
    head -n 0 FILE
    tail -n 2 FILE
    tail -1 FILE
    tail -n 0 FILE
    tail -n +3 FILE
    tail -n+20 FILE
    wc -l FILE
    cut -d: -f1 FILE
    cut -d : -f 1,3 FILE
    cut -d: -f7 FILE
    cut -f2 -d: FILE
    cut -d' ' -f2 FILE
    cut -d ' ' -f 2- FILE
    cut -f1 FILE
    cut -d: -f2-3 FILE
    cut -d: -f9 FILE
    cut -d. -f1 FILE
    grep root FILE
    grep -i permitrootlogin FILE
    grep -c a FILE
    grep -v '^#' FILE
    grep -ci '^permit' FILE
    grep -n umask FILE
    grep -q umask FILE
    grep -q nothing FILE
    grep ^umask FILE
    grep nothing FILE
    grep '^umask[[:space:]]*027$' FILE
    grep -E '^(umask|root)' FILE
    grep -E '(umask|mount|su)' FILE
    egrep 'umask|x:y' FILE
    grep -E '^\s*PASS_MAX_DAYS\s+[0-9]+' FILE
    grep 'a|b' FILE
    grep -F 'a.b*c[d]$e^f' FILE
    fgrep '[d]' FILE
    grep 'a\.b' FILE
    grep '^PASS.*9$' FILE
    grep 'x*' FILE
    grep -x 'umask 027' FILE
    grep -vc '^$' FILE
    grep '^[[:alpha:]]*:' FILE
    grep 'a{2}' FILE
    grep '[^[:space:]]' FILE
    grep '/bin/sh' FILE
    grep -E 'b?c' FILE
    grep 'a+b' FILE
    grep -h try_first FILE
    grep '[a-]' FILE
    grep -i -v '^#' FILE
    grep '[]d]' FILE
    grep '[^]:]' FILE
    grep '[$^*]' FILE
    grep "^umask" FILE
    grep "^\s*indented" FILE
    grep "027$" FILE
    grep "it's" FILE
    grep 'carriage' FILE
    grep -c 'return$' FILE
    grep -x 'a carriage return.' FILE
    grep '[&&a]' FILE
    grep -i '[[:upper:]]' FILE
    grep root /etc/none
    grep -q root /etc/none
    grep -s root /etc/none
    grep root /etc/none 2>/dev/null
    grep root /etc/none 2>&1
    grep root /etc/none | wc -l
    grep root /etc/none 2>&1 | wc -l
    grep root /etc/dangling
    grep umask FILE 2>/dev/null
    grep umask FILE 2>&1
    grep umask /etc/link
    cat /etc/empty | wc -l
    grep -c x /etc/empty
    tail -1 /etc/empty
    cut -d: -f1 /etc/empty
    grep -v x /etc/empty
    grep -v '^#' FILE | wc -l
    grep root FILE | cut -d: -f7
    cat FILE | grep -c umask
    grep -v '^#' FILE | grep -v '^$' | head -n 2
    cat FILE | tail -n 3 | head -1
    grep nothing FILE | wc -l
    cat FILE 2>/dev/null | grep -i '^umask' | cut -d' ' -f2
    sh -c 'grep umask FILE'
    ls -1 /etc | grep -c conf
    find /etc -name app.conf | wc -l
    stat -c %a FILE 2>/dev/null
  TEXT

  UNANSWERED = <<~'TEXT'.lines.map { |line| line.chomp.gsub("FILE", FILE) }.freeze
    grep root /etc
    grep -r root /etc
    grep -o a FILE
    grep -w root FILE
    grep -P '^\d' FILE
    grep 'a\|b' FILE
    grep 'a\{2\}' FILE
    grep -E 'a{2}' FILE
    grep -E '(a)(b)' FILE
    grep 'a\/b' FILE
    grep -E 'a**' FILE
    grep '[[:foo:]]' FILE
    grep '[:space:]' FILE
    grep '[[.a.]]' FILE
    grep '[[=a=]]' FILE
    grep '[z-a]' FILE
    grep '[A-z]' FILE
    grep '[+--]' FILE
    grep '[a-c-e]' FILE
    grep '[]' FILE
    grep '[^]' FILE
    grep '[a' FILE
    grep '[\s]' FILE
    grep '\bx' FILE
    grep '\(a\)' FILE
    grep a FILE FILE
    grep a
    grep -e a FILE
    grep -A1 a FILE
    grep a < FILE
    grep a FILE > /tmp/x
    grep a FILE; true
    grep a FILE &
    grep a FILE || true
    grep a FILE && true
    grep $x FILE
    grep "$x" FILE
    grep "`x`" FILE
    grep "a\\\\b" FILE
    grep a /etc/*
    grep a ~/x
    awk '{print}' FILE
    sed -n 1p FILE
    sort FILE
    grep root FILE | sort
    cat FILE | xargs echo
    head -c 3 FILE
    head -n -1 FILE
    head -n +1 FILE
    head '-n 3 FILE'
    head -n 3 FILE FILE
    head -n
    tail -f FILE
    tail +2 FILE
    wc FILE
    wc -c FILE
    cut -c1-3 FILE
    cut -d: -f0 FILE
    cut -d: -f3,1,9 FILE
    grep -qc a FILE
    grep -E '()' FILE
    grep -E 'a|' FILE
    grep -E '^(^a|b)' FILE
    cut -d: -f3-1 FILE
    cut -d: FILE
    cut '-d: -f1 FILE'
    cut -d '' -f1 FILE
    cut -d:: -f1 FILE
    cut -d: -f1 -s FILE
    cut -d: -f-2 FILE
    grep a relative
    grep x /etc/binary
    grep x /etc/umlauts
    cat FILE - | wc -l
    grep -c a FILE -
    grep 'a
    X=1 grep a FILE
    ! grep a FILE
    grep '*a' FILE
    grep -E '+a' FILE
    grep -E 'a|*b' FILE
    grep 'a\' FILE
    grep '' FILE
    grep -E '' FILE
    grep 'a^b$c' FILE
    grep -z a FILE
    (grep a FILE)
    head /etc/none
    wc -l /etc/none
    grep -c x /etc/none
    fgrep -E a FILE
    grep a FILE/
    grep a FILE | cat FILE
    grep a FILE |& cat
    find /etc -name a* | head -1
    ls /etc | head -1
    getent passwd root | head -1
    head -1 -- FILE
    grep a FILE -i
    find /etc | tail -n 1
    timeout 5 grep a FILE
    FILE | cat
    | cat
    cat FILE |
  TEXT

  def setup
    super
    lines = LINES.chomp
    @root = image do
      file("etc/app.conf", lines)
      file("etc/binary", "x\0x\n")
      file("etc/umlauts", "x \u00e4\n")
      file("etc/empty", "")
      folder("dev")
      device("dev/null")
      link("etc/link", "app.conf")
      link("etc/dangling", "none")
    end
    FileUtils.mkdir_p("#{@root}/bin")
    FileUtils.cp(BUSYBOX, "#{@root}/bin/busybox")
    %w[sh cat grep egrep fgrep head tail wc cut awk sed sort ls find stat].each { |name| FileUtils.ln_s("busybox", "#{@root}/bin/#{name}") }
  end

  def answer(command, environment = with_environment)
    @target ||= connect(@root, { "SCAN_COMMANDS" => "files" }.merge(environment))
    result = @target.run_command(command)
    [result.stdout, result.stderr, result.exit_status]
  end

  # GNU's programs, on this machine's file system; busybox's in the root
  def truths(command)
    gnu = Open3.capture3({ "LC_ALL" => "C" }, "sh", "-c", command.gsub("/etc", "#{@root}/etc"))
    busy = Open3.capture3({ "PATH" => "/bin" }, "/usr/sbin/chroot", @root, "/bin/sh", "-c", command)
    [gnu, busy].map { |*texts, status| [*texts.map { |text| text.gsub("#{@root}/etc", "/etc") }, status.exitstatus] }
  end

  def test_what_is_answered_is_what_both_say
    ANSWERED.each { |command| truths(command).each { |truth| assert_equal(truth, answer(command), command) } }
  end

  def test_everything_else_is_not_answered
    UNANSWERED.each { |command| assert_unavailable(/command/) { flunk("answered: #{command} #{answer(command)}") } }
  end

  def test_a_program_that_the_image_does_not_have
    FileUtils.rm_f("#{@root}/bin/grep")
    assert_unavailable(/grep/) { answer("grep root #{FILE}") }
    assert_unavailable(/grep/) { answer("cat #{FILE} | grep root") }
  end

  # Neither read without end, nor waited for, nor followed out of the image
  def test_hostile_files
    RootFolder.new(@root).device("etc/null")
    File.mkfifo("#{@root}/etc/pipe")
    File.symlink("/proc/self/environ", "#{@root}/etc/environ")
    File.symlink("../../../../../etc/hostname", "#{@root}/etc/outside")
    File.symlink("loop", "#{@root}/etc/loop")
    File.write("#{@root}/etc/large", "a\n" * (1 << 20))
    { "null" => /characterSpecial/, "pipe" => /fifo/, "environ" => /proc/, "loop" => /command/, "large" => /larger than 1 MiB/ }.each do |name, reason|
      assert_unavailable(reason) { answer("grep root /etc/#{name}") }
    end
    assert_equal(["", "grep: /etc/outside: No such file or directory\n", 2], answer("grep root /etc/outside"))
  end

  # Patterns and texts that keep a backtracking matcher busy for years
  def test_patterns_that_could_take_long
    File.write("#{@root}/etc/slow", "b#{"a" * 500_000}\n#{"ab" * 250_000}\n")
    assert_equal(["0\n", "", 1], answer("grep -c '.*.*.*.*.*a[d]' /etc/slow"))
    assert_equal(["2\n", "", 0], answer("grep -cE '(a*a*a*a*b|[ab]*[ab]*[ab]*a)' /etc/slow"))
  end

  def test_what_a_user_may_not_read
    File.write("#{@root}/etc/shadow", "root:*:1\n")
    File.chmod(0, "#{@root}/etc/shadow")
    File.chmod(0o755, @root)
    given = with_environment
    name, message = as_nobody { answer("grep root /etc/shadow", given) }
    assert_equal("SidecarScan::Unavailable", name)
    assert_match(%r{Permission denied.*/etc/shadow}, message)
  end

  # What the image sets for its programs changes what they say.
  def test_the_environment_of_the_image
    foreign = ["grep -i root #{FILE}", "grep '[a-z]' #{FILE}", "grep root /etc/none"]
    refused = { "GREP_OPTIONS=-v" => ["grep root #{FILE}"], "LANG=tr_TR.UTF-8" => foreign, "LC_COLLATE=de_DE" => foreign, "LANGUAGE=de" => ["grep root /etc/none"] }
    refused.each do |variable, commands|
      commands.each { |command| assert_unavailable(/command/) { flunk("answered: #{anew(command, with_environment(variable))}") } }
    end
    assert_equal(0, anew("grep -i '[a-z]' #{FILE}", with_environment("LANG=C.UTF-8"))[2])
    assert_equal(0, anew("grep '^umask' #{FILE}", with_environment("LANG=en_US.UTF-8"))[2])
    assert_unavailable(/command/) { anew("grep '^umask' #{FILE}", "SCAN_FACTS_WAIT" => "0.1") } # not known
  end

  # A shell starts them.
  def test_an_image_without_a_shell
    FileUtils.rm_f("#{@root}/bin/sh")
    assert_unavailable(/command/) { answer("grep root #{FILE}") }
  end

  # The folder of the scanner's own kernel view, and what is the scan pod's there, by every way to write them
  def test_the_files_of_the_scanner
    %w[proc sys].each { |name| RootFolder.new(@root).folder(name) }
    %w[/proc/self/environ /proc//self/environ /proc/./self/environ /proc/sys/../self/environ /./proc/self/environ /proc/../etc/hostname /sys/../etc/hostname
       /proc/1/environ /proc/thread-self/environ /proc/net/dev /proc/mounts /sys/class/net/lo/mtu /sys/devices/virtual/net/lo/mtu].each do |path|
      ["grep -c . #{path}", "cat #{path}", "test -e #{path}"].each { |command| assert_unavailable(/no process/) { flunk("answered: #{command} #{answer(command)}") } }
      assert_unavailable(/no process/) { @target.file(path).content }
      assert_unavailable(/no process/) { @target.file(path).exist? }
    end
    assert_equal("#{File.foreach("/proc/filesystems").count}\n", answer("grep -c . /proc/filesystems")[0])
    assert_equal(File.read("/proc/sys/kernel/ostype"), @target.file("/proc/sys/kernel/../kernel/ostype").content)
  end

  # What other answers from files say, as busybox says it: paths from the working folder are not looked into
  def test_files_that_are_listed_and_told
    ["ls /etc/none", "ls -1 /etc/link"].each { |command| assert_equal(truths(command)[1], answer(command), command) }
    ["ls /etc/dangling", "cat #{FILE} /etc/none", "cat app.conf", "test -f app.conf", "test -e etc/app.conf", "stat -c %a app.conf", "find /etc -name '[[:alpha:]]*'",
     "find /etc -maxdepth x", "find /etc -type x"].each { |command| assert_unavailable(/command/) { flunk("answered: #{command} #{answer(command)}") } }
    inside = with_environment(folder: "/etc")
    assert_equal("../bin/cat\n", anew("which ../bin/cat", inside)[0])
    assert_equal(1, anew("which bin/cat", inside)[2])
  end

  def anew(command, environment)
    @target = nil
    answer(command, environment)
  end

  def with_environment(*variables, folder: "/")
    facts = Dir.mktmpdir("facts-", @folder)
    File.chmod(0o755, facts)
    File.write("#{facts}/image.json", JSON.generate("Env" => variables + ["PATH=/bin"], "User" => "", "WorkingDir" => folder))
    File.write("#{facts}/word", "{}")
    { "SCAN_FACTS" => facts, "SCAN_WITNESS" => "#{facts}/word" }
  end

  # Newer egrep and fgrep are scripts that complain about their own names.
  def test_egrep_says_what_its_script_says
    FileUtils.rm_f("#{@root}/bin/egrep")
    File.write("#{@root}/bin/egrep", %(#!/bin/sh\ncmd=${0##*/}\necho "$cmd: warning: $cmd is obsolescent; using grep -E" >&2\nexec grep -E "$@"\n))
    File.chmod(0o755, "#{@root}/bin/egrep")
    said = Open3.capture3({ "LC_ALL" => "C" }, "#{@root}/bin/egrep", "root|x", "#{@root}#{FILE}")
    assert_equal([*said[0, 2], said[2].exitstatus], answer("egrep 'root|x' #{FILE}"))
    assert_equal("", answer("egrep 'root|x' #{FILE} 2>/dev/null")[1])
  end

  # InSpec's `host` asks whether bash can open connections.
  def test_the_probe_for_network_redirections
    probe = "strings `which bash` | grep -qE '/dev/(tcp|udp)/'"
    assert_equal(1, answer(probe)[2])
    %w[strings which].each { |name| FileUtils.ln_s("busybox", "#{@root}/bin/#{name}") }
    bash = "#{@root}/bin/bash"
    { "\0/dev/tcp/*/*\0" => 0, "\0/dev/udp/*/*\0" => 0, "\0/dev/\0tcp/\0/dev/tcp" => 1 }.each do |text, status|
      File.binwrite(bash, "\x7FELF#{text}")
      File.chmod(0o755, bash)
      assert_equal(["", "", status], answer(probe))
      truth = Open3.capture3({ "PATH" => "/bin" }, "/usr/sbin/chroot", @root, "/bin/sh", "-c", probe)[2]
      assert_equal(truth.exitstatus, status)
    end
  end

  # Patterns of a few signs: what is answered is the truth
  def test_many_patterns
    random = Random.new(Integer(ENV.fetch("SEED", "13")))
    signs = ["a", "x", "o", "0", ":", ".", "*", "^", "$", "[a-c]", "[^:]", "[[:space:]]", "[]x]", "[[:upper:]-]", "[*.]", "+", "?", "|", "(", ")", "\\.", "\\s", "\\W", " ", "-", "/", "\\", "#", "{", "}", "[", "]"]
    answered = 0
    Integer(ENV.fetch("ROUNDS", "60")).times do
      pattern = Array.new(random.rand(1..5)) { signs.sample(random: random) }.join
      options = Array.new(random.rand(0..3)) { %w[-E -F -c -v -i -x -n -q].sample(random: random) }
      program = %w[grep grep grep egrep fgrep].sample(random: random)
      ending = ["", "", " 2>/dev/null", " | wc -l", " | head -n 2", " | cut -d: -f#{%w[2- 2-3 5-6 3,1 1,4 9].sample(random: random)}", " | tail -n +2"].sample(random: random)
      command = "#{[program, *options].join(" ")} '#{pattern}' #{FILE}#{ending}"
      found = begin
        answer(command)
      rescue SidecarScan::Unavailable
        next
      end
      answered += 1
      truths(command).each { |truth| assert_equal(truth, found, command) }
    end
    assert_operator(answered, :>, 10)
  end
end
