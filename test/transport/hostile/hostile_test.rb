# frozen_string_literal: true

require "socket"
require_relative "../helper"

# Images made to mislead: nothing is read outside the root, nothing blocks, everything ends in time.
class HostileTest < TransportTest
  SECRET = "the-secret-outside"
  LIMIT = 30

  def setup
    super
    File.write("#{@folder}/secret", SECRET)
    FileUtils.mkdir_p("#{@folder}/outside/etc")
    File.write("#{@folder}/outside/etc/shadow", SECRET)
  end

  def run(*)
    Timeout.timeout(LIMIT) { super }
  end

  # Everything the file API tells of a path, as one text; exceptions too.
  def told(connection, path)
    %i[content link_path shallow_link_path exist? type size mode owner md5sum sha256sum mounted? selinux_label].map do |question|
      connection.file(path).public_send(question).inspect
    rescue StandardError => e
      e.message
    end.join(" ")
  end

  def test_links_that_lead_out
    outside = @folder
    root = image do
      link("absolute", "#{outside}/secret")
      link("upwards", "#{"../" * 40}#{outside.delete_prefix("/")}/secret")
      link("proc-root", "/proc/1/root#{outside}/secret")
      link("self-root", "/proc/self/root#{outside}/secret")
      link("cwd", "/proc/self/cwd/secret")
      link("etc/shadow", "../../outside/etc/shadow")
      link("folder", "../outside")
      link("descriptor", "/proc/self/fd/0")
    end
    connection = connect(root)
    paths = %w[/absolute /upwards /proc-root /self-root /cwd /etc/shadow /folder/etc/shadow /descriptor /../secret /etc/../../secret] + ["//..//secret", "#{@folder}/secret"]
    paths.each { |path| refute_includes(told(connection, path), SECRET, path) }
    ["cat /absolute", "cat /folder/etc/shadow", "ls /folder", "find / -name secret", "readlink -f /upwards", "test -f /absolute && cat /absolute"].each do |command|
      answer = begin
        connection.run_command(command).stdout
      rescue SidecarScan::Unavailable => e
        e.message
      end
      refute_includes(answer, SECRET, command)
    end
  end

  def test_special_files_do_not_block
    root = image { folder("srv") }
    File.mkfifo("#{root}/srv/pipe")
    File.mkfifo("#{root}/etc/shadow")
    UNIXServer.new("#{root}/srv/socket").close
    { "zero" => %w[c 1 5], "tty" => %w[c 5 0], "disk" => %w[b 7 99] }.each { |name, numbers| system("mknod", "#{root}/srv/#{name}", *numbers, exception: true) }
    connection = connect(root)
    %w[pipe socket zero tty disk].each { |name| assert_match(/is not read/, told(connection, "/srv/#{name}"), name) }
    assert_match(/is not read/, told(connection, "/etc/shadow"))
    assert_equal(5, connection.walk("/srv") { nil }[:entries])
  end

  def test_names_that_are_no_text
    root = image { folder("srv") }
    ["new\nline", "bad\xff\xfe".b, "-rf", "$(id)", "a'b\"c", " ", "\e[31mred", "x" * 255].each { |name| File.write("#{root}/srv/#{name}".b, "content") }
    connection = connect(root)
    names = []
    connection.walk("/srv") { |path, _facts| names << path }
    assert_equal(8, names.size)
    assert(names.all? { |name| name.encoding == Encoding::UTF_8 && name.valid_encoding? })
    ["/srv/new\nline", "/srv/bad\xff\xfe".b, "/srv/$(id)"].each { |path| assert_equal("content", connection.file(path).content) }
    assert_equal(8, connection.run_command("ls /srv").stdout.lines.size - 1) # one name has a line break
  end

  def test_a_path_with_a_zero_byte
    connection = connect(image)
    assert_raises(ArgumentError, Errno::ENOENT, Errno::EINVAL) { connection.file("/etc/pass\0wd").content || raise(Errno::ENOENT) }
  end

  def test_a_folder_of_100_000_entries
    root = image { folder("many") }
    100_000.times { |number| File.write("#{root}/many/#{number}", "") }
    connection = connect(root)
    count = 0
    seen = connection.walk("/many") { count += 1 }
    assert_equal([100_000, 100_000, false], [count, seen[:entries], seen[:truncated]])
    assert(connection.walk("/many", max: 500) { nil }[:truncated])
  end

  def test_a_file_of_10_gigabytes
    root = image { folder("srv") }
    File.open("#{root}/srv/sparse", "w") { |file| file.truncate(10 << 30) }
    connection = connect(root, "SCAN_COMMAND_TIMEOUT" => "1")
    sparse = connection.file("/srv/sparse")
    assert_equal(10 << 30, sparse.size)
    assert_unavailable(/larger than/) { sparse.content }
    assert_unavailable(/checksum.*not done in/) { sparse.sha256sum }
  end

  def test_folders_nested_deeply
    root = image
    folder = root
    400.times { Dir.mkdir(folder = "#{folder}/d") }
    File.write("#{folder}/end", "deep")
    connection = connect(root)
    path = "#{"/d" * 400}/end"
    assert_equal("deep", connection.file(path).content)
    assert_operator(connection.walk("/") { nil }[:entries], :>, 400)
  end

  def test_a_path_swapped_between_look_and_open
    outside = @folder
    root = image { folder("swap") }
    File.write("#{root}/swap/safe", "inside")
    File.symlink("#{outside}/secret", "#{root}/out")
    stop = false
    swapper = Process.fork do
      trap(:TERM) { exit!(0) }
      loop do
        File.symlink("#{outside}/secret", "#{root}/swap/x.new")
        File.rename("#{root}/swap/x.new", "#{root}/swap/x")
        File.write("#{root}/swap/x.new", "inside")
        File.rename("#{root}/swap/x.new", "#{root}/swap/x")
        FileUtils.mv("#{root}/swap", "#{root}/swap-away")
        File.symlink(outside, "#{root}/swap")
        File.delete("#{root}/swap")
        FileUtils.mv("#{root}/swap-away", "#{root}/swap")
      rescue SystemCallError
        next
      end
    end
    readers = [SidecarScan::Root.new(root), RootWithoutOpenat2.new(root)]
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 6
    found = Hash.new(0)
    until stop
      readers.each do |reader|
        %w[/swap/x /swap/secret].each do |path|
          found[reader.read(path)] += 1
        rescue SystemCallError
          found[:refused] += 1
        end
      end
      stop = Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
    end
    refute_includes(found.keys, SECRET)
    assert_operator(found.values.sum, :>, 1000)
  ensure
    Process.kill(:TERM, swapper) && Process.wait(swapper) if swapper
  end

  class RootWithoutOpenat2 < SidecarScan::Root
    def initialize(*)
      super
      @openat2 = false
    end
  end

  def test_package_databases_that_lead_in_circles
    page = 4096
    header = "SQLite format 3\0".b + [page, 1, 1, 0, 64, 32, 32].pack("nCCCCCC") + [1, 8].pack("NN")
    interior = [5, 0, 1, page - 8, 0, 1].pack("CnnnCN") # an interior table page whose children are itself
    first = header.ljust(100, "\0") + interior
    database = first.ljust(page, "\0") * 8
    databases = { "rpmdb.sqlite" => database, "Packages" => "\0".b * 4096, "Packages.db" => "RpmP".b * 2048 }
    databases.each do |name, bytes|
      root = image("image-#{name}") { file("var/lib/rpm/#{name}", bytes) }
      assert_unavailable { connect(root).run_command("rpm -q bash") }
    end
  end

  def test_a_passwd_of_50_megabytes
    line = "user:x:1:1:#{"x" * 200}:/:/bin/sh\n"
    root = image { file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n#{line * 200_000}") }
    assert_match(/uid=0\(root\)/, connect(root).run_command("id root").stdout)
  end

  def test_an_os_release_that_is_no_text
    root = image { file("etc/os-release", "ID=\xff\xfe$(touch /tmp/x)\nNAME=`id`\nVERSION_ID=\"\e[31m\"\n".b) }
    connection = connect(root)
    assert(connection.platform.name)
  end

  def test_a_shell_that_lies_hangs_and_floods
    shell = "#!/busybox sh\ncase \"$2\" in *exit\\ 42*) exit 42;; *hang*) /busybox sleep 100 & /busybox sleep 100;; *flood*) while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done;; *escape*) /busybox cat /proc/*/environ; /busybox ls /proc/1/root; /busybox cat ../../../../secret;; esac\n"
    root = image { program("bin/sh", shell) }
    busybox = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) } or skip("busybox-static is not installed")
    FileUtils.cp(busybox, "#{root}/busybox")
    connection = connect(root, "SCAN_COMMAND_TIMEOUT" => "2")
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    assert_unavailable(/took longer than/) { connection.run_command("hang") }
    assert_unavailable(/printed more than|took longer than/) { connection.run_command("flood") }
    assert_operator(Process.clock_gettime(Process::CLOCK_MONOTONIC) - started, :<, 15)
    assert_empty(`pgrep -f '[s]leep 100'`, "children of a command are left")
    told = begin
      connection.run_command("escape").stdout
    rescue SidecarScan::Unavailable => e # what it asks of /proc is not answered at rest
      e.message
    end
    refute_includes(told, SECRET)
  end
end
