# frozen_string_literal: true

require_relative "../helper"

# What is told from files where no command runs: neither from the scanner's own files, nor otherwise than the programs tell it.
class ToldFilesTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }
  OF_THE_SCANNER = %w[
    /proc/self/environ /proc//self/environ /proc/./self/environ /proc/sys/../self/environ /./proc/self/environ /proc/../etc/hostname
    /sys/../etc/hostname /proc/1/environ /proc/thread-self/environ /proc/net/dev /proc/mounts
  ].freeze

  def setup
    super
    @root = image do
      file("etc/app.conf", "a\n")
      link("etc/link", "app.conf")
      link("etc/dangling", "none")
      %w[proc sys dev].each { |name| folder(name) }
    end
    FileUtils.mkdir_p("#{@root}/bin")
    FileUtils.cp(BUSYBOX, "#{@root}/bin/busybox")
    %w[sh cat ls find stat].each { |name| FileUtils.ln_s("busybox", "#{@root}/bin/#{name}") }
  end

  def target(folder = "/")
    facts = Dir.mktmpdir("facts-", @folder)
    File.write("#{facts}/image.json", JSON.generate("Env" => ["PATH=/bin"], "User" => "", "WorkingDir" => folder))
    File.write("#{facts}/word", "{}")
    connect(@root, "SCAN_COMMANDS" => "files", "SCAN_FACTS" => facts, "SCAN_WITNESS" => "#{facts}/word")
  end

  # The kernel's view is the scanner's own; of it, what belongs to processes and to the scan pod is not told, however it is written.
  def test_the_files_of_the_scanner
    asked = target
    OF_THE_SCANNER.each do |path|
      ["cat #{path}", "test -e #{path}"].each { |command| assert_unavailable(/no process/) { flunk("answered: #{command} #{asked.run_command(command)}") } }
      assert_unavailable(/no process/) { asked.file(path).content }
      assert_unavailable(/no process/) { asked.file(path).exist? }
    end
    assert_equal(File.read("/proc/sys/kernel/ostype"), asked.file("/proc/sys/kernel/../kernel/ostype").content)
    assert_predicate(asked.file("/proc/filesystems"), :exist?)
  end

  def test_what_busybox_says
    asked = target
    ["ls /etc/none", "ls -1 /etc/link", "ls /etc"].each do |command|
      out, err, status = Open3.capture3({ "PATH" => "/bin" }, "/usr/sbin/chroot", @root, "/bin/sh", "-c", command)
      found = asked.run_command(command)
      assert_equal([out, err, status.exitstatus], [found.stdout, found.stderr, found.exit_status], command)
    end
  end

  # Of some files not all is told, a path is looked for in the working folder, a pattern is read otherwise by Ruby.
  def test_what_is_not_told
    asked = target
    ["ls /etc/dangling", "cat /etc/app.conf /etc/none", "cat app.conf", "test -f app.conf", "test -e etc/app.conf", "stat -c %a app.conf",
     "find /etc -name '[[:alpha:]]*'", "find /etc -maxdepth x", "find /etc -type x"].each do |command|
      assert_unavailable(/command/) { flunk("answered: #{command} #{asked.run_command(command)}") }
    end
  end

  def test_a_program_from_the_working_folder
    inside = target("/etc")
    assert_equal("../bin/cat\n", inside.run_command("which ../bin/cat").stdout)
    assert_equal(1, inside.run_command("which bin/cat").exit_status)
  end
end
