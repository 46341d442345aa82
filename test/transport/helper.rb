# frozen_string_literal: true

require "fileutils"
require "json"
require "open3"
require "timeout"
require "tmpdir"
require_relative "../profile/scanner"
require_relative "../profile/root_folder"

Scanner.install
Gem.use_paths(Scanner::GEMS, [Scanner::GEMS, *Gem.default_path])
require "train"
require "rspec/core"
$LOAD_PATH.unshift(File.expand_path("../../src/transport", __dir__))
require "train-rootfs"
require "train-proc"

# What the tests of the transport share: folders that look like images, connections to them, users who may not read them.
class TransportTest < Minitest::Test
  NOBODY = 65_534

  def setup
    @folder = Dir.mktmpdir("transport-")
    File.chmod(0o755, @folder)
  end

  def teardown
    system("rm", "-rf", @folder, exception: true)
  end

  # A root folder, filled by the block (see RootFolder), with a /etc/passwd unless it makes one.
  def image(name = "image", &block)
    RootFolder.make(@folder, name) do
      file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/srv:/bin/false\n")
      file("etc/group", "root:x:0:\napp:x:1000:\nteam:x:1001:app\n")
      instance_eval(&block) if block
    end.path
  end

  def connect(root, env = {})
    settings = SidecarScan::Settings.from_env({ "SCAN_CONTAINER_CONTEXT" => "false" }.merge(env))
    SidecarScan::Connection.new({}, settings) { |given| SidecarScan::RestingTarget.new(root, given) }
  end

  # What the block returns when it runs as a user who is not root, in a process of its own. An exception is its class and text.
  def as_nobody
    reader, writer = IO.pipe
    pid = fork do
      Process::Sys.setresgid(NOBODY, NOBODY, NOBODY)
      Process::Sys.setresuid(NOBODY, NOBODY, NOBODY)
      value = begin
        yield
      rescue StandardError => e
        [e.class.name, e.message]
      end
      writer.write(Marshal.dump(value))
      writer.close
      exit!(0)
    end
    writer.close
    Marshal.load(reader.read)
  ensure
    Process.wait(pid) if pid
  end

  # InSpec on a profile made of these lines: results by control id.
  def inspect_with(target, controls, environment = {})
    profile = File.join(@folder, "profile")
    FileUtils.mkdir_p("#{profile}/controls")
    File.write("#{profile}/inspec.yml", "name: unit\nversion: 1.0.0\n")
    File.write("#{profile}/controls/unit.rb", controls)
    command = [Scanner::INSPEC, "exec", profile, "-t", target, "--no-create-lockfile", "--reporter", "json"]
    out, err, = Open3.capture3(Scanner::ENVIRONMENT.merge("SCAN_CONTAINER_CONTEXT" => "false").merge(environment), *command)
    json = out.lines.find { |line| line.start_with?("{") } or raise "no results:\n#{err}#{out}"
    JSON.parse(json).dig("profiles", 0, "controls").to_h { |control| [control["id"], control["results"]] }
  end

  def assert_unavailable(pattern = //, asked = "", &block)
    error = assert_raises(SidecarScan::Unavailable, asked, &block)
    assert_match(/\ANot available through the proc transport: .*#{pattern.source}/m, error.message)
  end
end
